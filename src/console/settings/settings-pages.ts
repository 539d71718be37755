import type { Role } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import { type Field, showFields, type Standing, type Values } from '../../auth/pages/forms/field';
import { refusedFields } from '../../auth/pages/forms/refused-fields';
import { editionOf, holdsNow, type SeenEditionDto, shownHere } from '../../auth/pages/forms/seen';
import { SETTINGS_FORMS } from '../../auth/pages/forms/settings-forms';
import { alarm } from '../../auth/pages/pages';
import { ENFORCED, SECTIONS } from '../../auth/pages/sections';
import { EditConflict } from '../../http/edit-conflict';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Problem } from '../../http/problems';
import { consoleFrame, noticeOf, of } from '../frame';

const { path } = SECTIONS.settings;

/** The policy, as far as the page tells of it. */
interface Policy {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly freshSeconds: number;
  readonly maxConcurrentSessions: number | null;
  readonly accessTokenSeconds: number;
  readonly mfaRequired: string;
  readonly mfaAllowedFactors: readonly string[];
  readonly mfaGracePeriodDays: number;
  readonly mfaTrustIdp: string;
  readonly ssoEnforced: boolean;
  readonly breakGlassMemberIds: readonly string[];
  readonly jitEnabled: boolean;
  readonly jitDefaultRole: Role;
  readonly jitRequireMapping: boolean;
  readonly jitAllowedDomains: readonly string[];
  readonly apiKeysOnMemberRemoval: string;
  readonly apiKeysMaxLifetimeDays: number | null;
  readonly apiKeysRateRequests: number | null;
  readonly apiKeysRateSeconds: number | null;
  readonly scimMassChangeMembers: number;
  readonly scimMassChangePercent: number;
  readonly scimMassChangeWindowMinutes: number;
  readonly scimDirectorySetsRole: string;
  readonly auditRetentionDays: number | null;
  readonly auditLegalHold: boolean;
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
    notice: noticeOf(DONE, done),
    body: html`
      ${group('name', 'Workspace', SETTINGS_FORMS.name.fields, withEdition(nameOf(caller.workspace)))}
      ${group('sessions', 'Sessions', SETTINGS_FORMS.sessions.fields, shownOf('sessions', policy))}
      ${group('second-factors', 'Second factors', SETTINGS_FORMS.secondFactors.fields, shownOf('secondFactors', policy))}
      ${group('single-sign-on', 'Single sign-on', withAdmins(admins), shownOf('singleSignOn', policy))}
      ${group('api-keys', 'API keys', SETTINGS_FORMS.apiKeys.fields, shownOf('apiKeys', policy))}
      ${group('directories', 'Directories (SCIM)', SETTINGS_FORMS.directories.fields, shownOf('directories', policy))}
      ${group('audit', 'Audit log', SETTINGS_FORMS.audit.fields, shownOf('audit', policy))}
    `,
  });
}

/** What keeps passwords from being refused, or another rule, at the form as it was sent. */
export function singleSignOnRefused(
  caller: UserPrincipal,
  { problem, form, admins }: { problem: Problem; form: SeenEditionDto; admins: SettingsView['admins'] },
): HtmlPage {
  const shown = withAdmins(admins);
  const edition = problem instanceof EditConflict ? problem.seenNow : form.seen;
  const { detail, wrong, others } = refusedFields(problem, shown);
  return consoleFrame(caller, {
    section: SECTIONS.settings,
    body: html`
      ${alarm(detail)}
      ${
        others.length === 0
          ? undefined
          : html`<ul>
              ${others.map((other) => html`<li>${other}</li>`)}
            </ul>`
      }
      ${group('single-sign-on', 'Single sign-on', shown, { values: { ...form }, wrong, edition })}
      <p class="soft after"><a href="${path}">All settings</a></p>
    `,
  });
}

/** One form, set apart by its name: several have a field of the same kind. */
const group = (
  name: string,
  title: string,
  fields: readonly Field[],
  { edition, ...standing }: Standing & { readonly edition?: string | undefined },
): Html => html`
  <h2>${title}</h2>
  <form method="post" action="${path}/${name}">
    ${edition === undefined ? undefined : shownHere(edition)}
    ${showFields(fields, { ...standing, apart: name })}
    <button class="quiet" ${of('Save:', title)}>Save</button>
  </form>
`;

const DONE: Readonly<Record<string, string>> = {
  saved: 'Saved. It holds from the next request on.',
  [ENFORCED]: 'Saved. Passwords are refused, and the sessions that they opened have ended.',
};

/** As the page shows them. */
export const minutes = (seconds: number): number => Math.round(seconds / 60);

const sessions = (policy: Policy): Values => ({
  idleMinutes: minutes(policy.idleSeconds),
  absoluteMinutes: minutes(policy.absoluteSeconds),
  freshMinutes: minutes(policy.freshSeconds),
  maxConcurrent: policy.maxConcurrentSessions,
  accessTokenMinutes: minutes(policy.accessTokenSeconds),
});

const secondFactors = (policy: Policy): Values => ({
  required: policy.mfaRequired,
  allowedFactors: policy.mfaAllowedFactors,
  gracePeriodDays: policy.mfaGracePeriodDays,
  trustIdp: policy.mfaTrustIdp,
});

/** Whose names the page alone knows. */
const withAdmins = (admins: SettingsView['admins']): readonly Field[] =>
  SETTINGS_FORMS.singleSignOn.fields.map((field): Field =>
    field.name === 'breakGlass'
      ? { ...field, choices: Object.fromEntries(admins.map(({ id, email }) => [id, email])) }
      : field,
  );

const singleSignOn = (policy: Policy): Values => ({
  enforced: policy.ssoEnforced,
  breakGlass: policy.breakGlassMemberIds,
  jit: policy.jitEnabled,
  jitRole: policy.jitDefaultRole,
  jitNeedsMapping: policy.jitRequireMapping,
  jitDomains: policy.jitAllowedDomains,
});

const apiKeys = (policy: Policy): Values => ({
  onMemberRemoval: policy.apiKeysOnMemberRemoval,
  maxLifetimeDays: policy.apiKeysMaxLifetimeDays,
  rateRequests: policy.apiKeysRateRequests,
  rateSeconds: policy.apiKeysRateSeconds,
});

const directories = (policy: Policy): Values => ({
  massChangeMembers: policy.scimMassChangeMembers,
  massChangePercent: policy.scimMassChangePercent,
  massChangeWindow: policy.scimMassChangeWindowMinutes,
  directorySetsRole: policy.scimDirectorySetsRole,
});

const audit = (policy: Policy): Values => ({
  retentionDays: policy.auditRetentionDays,
  legalHold: policy.auditLegalHold,
});

/** What the form of each group shows of the policy. */
const SHOWN = { sessions, secondFactors, singleSignOn, apiKeys, directories, audit };
export type SettingsGroup = keyof typeof SHOWN;

/** What a form shows, and by what that is told from everything else. */
interface Shown {
  readonly values: Values;
  readonly edition: string;
}

const withEdition = (values: Values): Shown => ({ values, edition: editionOf(values) });
const nameOf = ({ name }: { readonly name: string }): Values => ({ name });
const shownOf = (group: SettingsGroup, policy: Policy): Shown => withEdition(SHOWN[group](policy));

/** @throws 409 `policy_changed` where the policy is another one by now than the form showed */
export const refuseUnseen = (group: SettingsGroup, form: SeenEditionDto, policy: Policy): void =>
  refuseOther(group, form, shownOf(group, policy));

/** @throws 409 `policy_changed` where the workspace is called otherwise by now */
export const refuseUnseenName = (form: SeenEditionDto, workspace: { readonly name: string }): void =>
  refuseOther('name', form, withEdition(nameOf(workspace)));

function refuseOther(
  group: keyof typeof SETTINGS_FORMS,
  { seen, ...typed }: SeenEditionDto,
  { values, edition }: Shown,
): void {
  if (seen === undefined || seen === edition) return;
  const errors = holdsNow(SETTINGS_FORMS[group].fields, typed, values);
  throw new EditConflict('policy_changed', errors, edition);
}
