import type { UserPrincipal } from '../../access/principal';
import { ROLE_CHOICES } from '../../auth/pages/forms/console-forms';
import { type Field, options, problemAt, showFields } from '../../auth/pages/forms/field';
import { shownHere } from '../../auth/pages/forms/seen';
import { refusedFields } from '../../auth/pages/forms/refused-fields';
import { alarm } from '../../auth/pages/pages';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { Problem } from '../../http/problems';
import type { RoleRule } from '../../members/grants/role-rules';
import type { KnownValue } from '../../members/role-mappings/known-values.service';
import type {
  Preview,
  PreviewedChange,
  PreviewedSubject,
} from '../../members/role-mappings/role-mapping-preview.service';
import { consoleFrame } from '../frame';

const { path } = SECTIONS.roleMappings;
const EMPTY_ROWS = 2;
const MOST_NAMED = 100;
const MOST_CHARACTERS = 512;

/** By the field, what is wrong with it. */
type Wrong = ReadonlyMap<string, string>;
const NOTHING_WRONG = { detail: undefined, wrong: new Map<string, string>(), others: [] };

export interface RoleMappingsView {
  readonly rules: readonly RoleRule[];
  /** Of the rules that hold, as the page knows them. */
  readonly edition?: string | undefined;
  /** The rules that hold, where somebody else has made them since the page was opened. */
  readonly present?: readonly RoleRule[];
  readonly connections: readonly { readonly id: string; readonly name: string }[];
  /** Groups and departments that somebody here has. */
  readonly known: readonly KnownValue[];
  /** Somebody to try the rules with, as typed. */
  readonly tried?: { readonly groups: readonly string[]; readonly department: string | undefined };
  /** What saving these rules would do. */
  readonly preview?: Preview;
  /** Why these rules cannot be saved. */
  readonly refused?: Problem;
  readonly done?: string | undefined;
}

/** The rules that make roles of groups and departments: to be changed, tried, and saved. */
export function roleMappingsPage(caller: UserPrincipal, view: RoleMappingsView): HtmlPage {
  const { rules, present, preview, refused, done } = view;
  const { detail, wrong, others } = refused ? refusedFields(refused, fieldsOf(rules)) : NOTHING_WRONG;
  const mayChange = caller.permissions.has('sso:write');
  return consoleFrame(caller, {
    section: SECTIONS.roleMappings,
    notice: done === 'saved' ? 'Saved. Every member has been brought in line.' : undefined,
    body: html`
      <p class="soft">
        The first rule that matches decides the role; any that matches can make somebody an approver. Groups
        are compared letter by letter.
      </p>
      ${alarm(present ? CHANGED : detail && [detail, ...others].join(' '))}
      ${present && (present.length > 0 ? listOf(present) : html`<p>None.</p>`)}
      ${preview && previewPart(preview)} ${mayChange ? rulesForm(view, wrong) : listOf(rules)}
    `,
  });
}

/** As the calls below /v1 name them. */
const fieldsOf = (rules: readonly RoleRule[]): readonly Field[] =>
  rules.flatMap((_, row) => [
    { name: `rules.${row}.value`, label: 'called', kind: 'line', most: MOST_CHARACTERS },
    { name: `rules.${row}.connectionId`, label: 'Named by', kind: 'choice', choices: {} },
  ]);

const CHANGED =
  'Somebody has changed the rules since this page was opened. Below stand first those that hold now, then yours: saved again, yours take their place.';

const listOf = (rules: readonly RoleRule[]): Html =>
  html`<ol>
    ${rules.map((rule) => html`<li>${inWords(rule)}</li>`)}
  </ol>`;

function rulesForm({ rules, edition, connections, known, tried }: RoleMappingsView, wrong: Wrong): Html {
  const names = {
    '': 'any connection',
    ...Object.fromEntries(connections.map(({ id, name }) => [id, name])),
  };
  const empty: RoleRule = {
    source: 'idp_group',
    value: '',
    role: 'viewer',
    approver: false,
    connectionId: null,
  };
  const rows = [...rules, ...Array.from({ length: EMPTY_ROWS }, () => empty)];
  return html`<form method="post" action="${path}">
    ${edition === undefined ? undefined : shownHere(edition)}
    ${rows.map((rule, row) => ruleRow(rule, row, { names, wrong }))}
    <datalist id="known">
      ${known.map(({ value, sources }) => html`<option value="${value}">${sources.map((source) => SOURCES[source]).join(', ')}</option>`)}
    </datalist>
    <p class="soft">A row without a group or department is no rule: empty it to take a rule away.</p>
    ${tryOut(tried)}
    <div class="actions">
      <button class="quiet" name="how" value="preview">What would change?</button>
      <button class="quiet" name="how" value="save">Save</button>
    </div>
  </form>`;
}

function ruleRow(
  rule: RoleRule,
  row: number,
  { names, wrong }: { names: Readonly<Record<string, string>>; wrong: Wrong },
): Html {
  const value = problemAt(`value-${row}`, wrong.get(`rules.${row}.value`));
  const connection = problemAt(`connection-${row}`, wrong.get(`rules.${row}.connectionId`));
  const place = rule.value === '' ? '' : String(row + 1);
  return html`<fieldset class="columns">
    <legend>${rule.value === '' ? 'Another rule' : `Rule ${row + 1}`}</legend>
    <div>
      <label for="source-${row}">Whoever has the</label>
      <select id="source-${row}" name="source">
        ${options(SOURCES, rule.source)}
      </select>
    </div>
    <div>
      <label for="value-${row}">called</label>
      <input
        id="value-${row}"
        name="value"
        maxlength="${MOST_CHARACTERS}"
        value="${rule.value}"
        list="known"
        autocomplete="off"
        ${value.state}
      />
      ${value.said}
    </div>
    <div>
      <label for="role-${row}">is</label>
      <select id="role-${row}" name="role">
        ${options(ROLE_CHOICES, rule.role)}
      </select>
      <label class="box">
        <input type="checkbox" name="approver" value="${row}" ${rule.approver ? html`checked` : undefined} />
        and approver
      </label>
    </div>
    <div>
      <label for="connection-${row}">Named by</label>
      <select id="connection-${row}" name="connection" ${connection.state}>
        ${options(names, rule.connectionId ?? '')}
      </select>
      ${connection.said}
    </div>
    <div>
      <label for="place-${row}">Place</label>
      <input id="place-${row}" name="place" type="number" min="1" max="999" value="${place}" />
    </div>
  </fieldset>`;
}

/** Somebody who is not here yet: which role would they get? */
function tryOut({ groups, department }: NonNullable<RoleMappingsView['tried']> = NOBODY): Html {
  const isTried = groups.length > 0 || department !== undefined;
  return html`<details ${isTried ? html`open` : undefined}>
    <summary>Try the rules with somebody</summary>
    ${showFields(TRY_FIELDS, { values: { tryGroups: groups, tryDepartment: department } })}
  </details>`;
}

const NOBODY = { groups: [], department: undefined };

const TRY_FIELDS: readonly Field[] = [
  { name: 'tryGroups', label: 'Somebody with these groups, one per line', kind: 'lines' },
  { name: 'tryDepartment', label: 'and this department', kind: 'line', most: MOST_CHARACTERS },
];

function previewPart({ changes, counts, warnings, subject }: Preview): Html {
  const unnamed = counts.gain + counts.lose - MOST_NAMED;
  return html`<div class="notice" role="status">
    <p>
      <strong
        >Of ${counts.members} ${counts.members === 1 ? 'member' : 'members'} ${counts.gain} would gain and
        ${counts.lose} would lose.</strong
      >
      Nothing has been saved.
    </p>
    ${subject ? html`<p>${subjectInWords(subject)}</p>` : undefined}
    ${warnings.map(({ detail }) => html`<p class="alarm">${detail}</p>`)}
    <ul class="rows">
      ${changes.slice(0, MOST_NAMED).map(changeRow)}
    </ul>
    ${unnamed > 0 ? html`<p class="soft">and ${unnamed} more</p>` : undefined}
    ${counts.denied === 0 ? undefined : html`<p class="soft">No rule matches ${counts.denied} of them.</p>`}
  </div>`;
}

/** What becomes of the one to try the rules with, at their first sign-in. */
function subjectInWords({ role, approver, rule, approverRule, denied }: PreviewedSubject): string {
  if (denied) return 'The one you try it with would be refused at a first sign-in.';
  const by = rule ? `by rule ${rule.position}` : 'by no rule';
  const also = approver && approverRule ? `, and approver by rule ${approverRule.position}` : '';
  return `The one you try it with would be ${role} ${by}${also}.`;
}

const changeRow = ({ email, before, after, rule }: PreviewedChange): Html => html`
  <li>
    ${email}: ${access(before)} → <strong>${access(after)}</strong>
    <span class="soft">${rule ? `by rule ${rule.position}` : 'by no rule'}</span>
  </li>
`;

const access = ({ role, approver }: PreviewedChange['before']): string =>
  `${role}${approver ? ', approver' : ''}`;

const inWords = ({ source, value, role, approver }: RoleRule): string =>
  `${SOURCES[source]} ${value}: ${role}${approver ? ', approver' : ''}`;

const SOURCES: Readonly<Record<RoleRule['source'], string>> = {
  idp_group: 'group at sign-in',
  scim_group: 'group by SCIM',
  department: 'department',
};
