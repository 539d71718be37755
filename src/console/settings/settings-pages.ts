import type { Role } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { consoleFrame, options } from '../frame';

const { path } = SECTIONS.settings;

/** The policy, as far as the page tells of it. */
interface Policy {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly freshSeconds: number;
  readonly maxConcurrentSessions: number | null;
  readonly mfaRequired: string;
  readonly mfaGracePeriodDays: number;
  readonly mfaTrustIdp: string;
  readonly ssoEnforced: boolean;
  readonly breakGlassMemberIds: readonly string[];
  readonly jitEnabled: boolean;
  readonly jitDefaultRole: Role;
  readonly jitRequireMapping: boolean;
  readonly apiKeysOnMemberRemoval: string;
  readonly apiKeysMaxLifetimeDays: number | null;
}

export interface SettingsView {
  readonly policy: Policy;
  readonly admins: readonly { readonly id: string; readonly email: string }[];
  readonly done: string | undefined;
}

/** What the workspace is called and demands. */
export function settingsPage(caller: UserPrincipal, { policy, admins, done }: SettingsView): HtmlPage {
  return consoleFrame(caller, {
    section: SECTIONS.settings,
    notice: done === 'saved' ? 'Saved. It holds from the next request on.' : undefined,
    body: html`
      ${group(
        'name',
        'Workspace',
        html`<label for="name">Name</label>
          <input id="name" name="name" required maxlength="100" value="${caller.workspace.name}" />`,
      )}
      ${group('sessions', 'Sessions', sessions(policy))}
      ${group('second-factors', 'Second factors', secondFactors(policy))}
      ${group('single-sign-on', 'Single sign-on', singleSignOn(policy, admins))}
      ${group('api-keys', 'API keys', apiKeys(policy))}
      <p class="soft after">
        Limits of directories, roles by groups and the keeping of the audit log:
        <a href="/docs">in the API</a>.
      </p>
    `,
  });
}

const group = (name: string, title: string, fields: Html): Html => html`
  <h2>${title}</h2>
  <form method="post" action="${path}/${name}">
    ${fields}
    <button class="quiet">Save</button>
  </form>
`;

/** As the page shows them. */
export const minutes = (seconds: number): number => Math.round(seconds / 60);

const sessions = (policy: Policy): Html => html`
  ${number('idleMinutes', 'End a session that was not used for so many minutes', minutes(policy.idleSeconds))}
  ${number('absoluteMinutes', 'End every session after so many minutes', minutes(policy.absoluteSeconds))}
  ${number('freshMinutes', 'For sensitive deeds, have signed in within so many minutes', minutes(policy.freshSeconds))}
  ${number('maxConcurrent', 'Sessions of one member at once; empty: as many as they like', policy.maxConcurrentSessions)}
`;

const secondFactors = (policy: Policy): Html => html`
  <label for="required">Who must have one</label>
  <select id="required" name="required">
    ${options({ off: 'nobody', admins: 'admins', all: 'everybody' }, policy.mfaRequired)}
  </select>
  ${number('gracePeriodDays', 'Days in which setting it up may be put off', policy.mfaGracePeriodDays)}
  <label for="trustIdp">After single sign-on</label>
  <select id="trustIdp" name="trustIdp">
    ${options(
      {
        evidence: 'ask unless the identity provider shows that it asked',
        always_ask: 'ask always',
        never_ask: 'never ask',
      },
      policy.mfaTrustIdp,
    )}
  </select>
`;

const singleSignOn = (policy: Policy, admins: SettingsView['admins']): Html => html`
  ${box('enforced', 'on', 'Refuse passwords', policy.ssoEnforced)}
  <fieldset>
    <legend>Admins who keep theirs, with a second factor, should the identity provider fail</legend>
    ${admins.map(({ id, email }) => box('breakGlass', id, email, policy.breakGlassMemberIds.includes(id)))}
  </fieldset>
  ${box('jit', 'on', 'Whoever signs in for the first time becomes a member', policy.jitEnabled)}
  <label for="jitRole">with this role, unless rules give another</label>
  <select id="jitRole" name="jitRole">
    ${options({ viewer: 'viewer', editor: 'editor', admin: 'admin' }, policy.jitDefaultRole)}
  </select>
  ${box('jitNeedsMapping', 'on', 'but only if a rule gives them a role', policy.jitRequireMapping)}
`;

const apiKeys = (policy: Policy): Html => html`
  <label for="onMemberRemoval">When whoever made a key leaves</label>
  <select id="onMemberRemoval" name="onMemberRemoval">
    ${options({ revoke: 'revoke it', keep: 'keep it, and ask admins to look' }, policy.apiKeysOnMemberRemoval)}
  </select>
  ${number('maxLifetimeDays', 'Keys work for at most so many days; empty: for ever', policy.apiKeysMaxLifetimeDays)}
`;

const number = (name: string, label: string, value: number | null): Html => html`
  <label for="${name}">${label}</label>
  <input id="${name}" name="${name}" type="number" min="0" value="${value ?? ''}" />
`;

const box = (name: string, value: string, label: string, ticked: boolean): Html => html`
  <label class="box">
    <input type="checkbox" name="${name}" value="${value}" ${ticked ? html`checked` : undefined} /> ${label}
  </label>
`;
