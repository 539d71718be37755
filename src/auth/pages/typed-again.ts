import { randomUUID } from 'node:crypto';
import { ROLES } from '../../access/permissions';
import { type Html, html } from '../../http/html';
import { ONCE } from '../../idempotency/named-request';
import { SECTIONS } from './sections';

/** A form of the console: what is typed into it or chosen in it, each with its label, and what goes along unseen. */
interface TypedForm {
  readonly path: RegExp;
  readonly typed: Readonly<Record<string, string>>;
  readonly roles?: Readonly<Record<string, string>>;
  readonly kept?: readonly string[];
}

const { members, connections, apiKeys, settings } = SECTIONS;
const of = (path: string): RegExp => new RegExp(`^${path}$`);

/** Named field by field: what is not named here, a secret say, never comes back on a page. */
const FORMS: readonly TypedForm[] = [
  { path: of(`${members.path}/invitations`), typed: { email: 'Email' }, roles: { role: 'Role' } },
  { path: of(`${connections.path}/connections`), typed: { name: 'Name' }, kept: ['provider', 'type'] },
  { path: of(`${connections.path}/connections/[^/]+/links`), typed: { contactEmail: 'Mail the link to' } },
  { path: of(`${connections.path}/domains`), typed: { domain: 'Domain' } },
  {
    path: of(apiKeys.path),
    typed: { name: 'Name', days: 'Works for so many days' },
    kept: ['preset'],
  },
  { path: of(`${settings.path}/name`), typed: { name: 'Name' } },
  {
    path: of(`${settings.path}/sessions`),
    typed: {
      idleMinutes: 'End a session that was not used for so many minutes',
      absoluteMinutes: 'End every session after so many minutes',
      freshMinutes: 'For sensitive deeds, have signed in within so many minutes',
      maxConcurrent: 'Sessions of one member at once; empty: as many as they like',
    },
  },
  {
    path: of(`${settings.path}/second-factors`),
    typed: { gracePeriodDays: 'Days to set one up' },
    kept: ['required', 'trustIdp'],
  },
  {
    path: of(`${settings.path}/single-sign-on`),
    typed: {},
    roles: { jitRole: 'Role of those who come in by it' },
    kept: ['enforced', 'breakGlass', 'jit', 'jitNeedsMapping'],
  },
  {
    path: of(`${settings.path}/api-keys`),
    typed: { maxLifetimeDays: 'A key lives for so many days at most; empty: for ever' },
    kept: ['onMemberRemoval'],
  },
];

const LONGEST = 300;
/** Of boxes that share a name. */
const MOST_KEPT = 100;

/**
 * The form once more with what was typed into it, for the page that says why it was refused; undefined where nothing was
 * typed that could be lost.
 */
export function typedAgain(path: string, body: unknown): Html | undefined {
  const form = FORMS.find((one) => one.path.test(path));
  if (!form || typeof body !== 'object' || body === null) return undefined;
  const sent = body as Record<string, unknown>;
  const typed = Object.entries(form.typed).map(([name, label]) => {
    const value = textsOf(sent[name])[0] ?? '';
    return html`<label for="${name}">${label}</label> <input id="${name}" name="${name}" value="${value}" />`;
  });
  const roles = Object.entries(form.roles ?? {}).map(([name, label]) => {
    const chosen = textsOf(sent[name])[0];
    const option = (role: string): Html =>
      html`<option value="${role}" ${role === chosen ? html`selected` : undefined}>${role}</option>`;
    return html`<label for="${name}">${label}</label>
      <select id="${name}" name="${name}">
        ${ROLES.map(option)}
      </select>`;
  });
  const kept = (form.kept ?? []).flatMap((name) =>
    textsOf(sent[name]).map((value) => html`<input type="hidden" name="${name}" value="${value}" />`),
  );
  return html`<form method="post" action="${path}">
    ${ONCE in sent ? html`<input type="hidden" name="${ONCE}" value="${randomUUID()}" />` : undefined}
    ${typed} ${roles} ${kept}
    <button>Send it again</button>
  </form>`;
}

const textsOf = (value: unknown): string[] =>
  [value]
    .flat()
    .filter((one) => typeof one === 'string')
    .slice(0, MOST_KEPT)
    .map((text) => text.slice(0, LONGEST));
