import { type Problem, reasonsOf } from '../../../http/problems';
import type { Field } from './field';

/** Why a form was refused, for whoever sees its labels only. */
export interface RefusedFields {
  readonly detail: string;
  /** By the name of the field, in the order of the form. */
  readonly wrong: ReadonlyMap<string, string>;
  /** What is about no field of it. */
  readonly others: readonly string[];
}

/** Rules as validation words them, and as a page says them beside the field. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/must be an integer number|must be a number/, 'This must be a whole number.'],
  [/must not be less than (\S+?)\.?$/, 'This must be $1 or more.'],
  [/must not be greater than (\S+?)\.?$/, 'This must be $1 or less.'],
  [/must be an email/, 'This must be an email address, such as ada@acme.com.'],
  [/must be shorter than or equal to (\d+) characters/, 'This must have $1 characters at most.'],
  [/must be longer than or equal to 1 characters/, 'This field is required.'],
  [/must be longer than or equal to (\d+) characters/, 'This must have $1 characters or more.'],
  [/must be one line of readable text/, 'This must be one line of readable text.'],
  [/must be one of the following values/, 'Choose one of those that are offered.'],
  [
    /must be the name of an attribute/,
    'This must be the name of an attribute: one line of up to 256 characters.',
  ],
  [/must be a time such as /, 'This must be a day, such as 2030-01-31.'],
  [/must be a domain\.?$/, 'This must be a domain, such as acme.com.'],
  [
    /must be a UUID\.?$/,
    'This must be an ID of 32 letters and digits, such as 11111111-2222-4333-8444-555555555555.',
  ],
  [/must be an OAuth scope/, 'These must be names with blanks between them, such as openid email profile.'],
  [/must include openid/, 'The scope openid must be among them.'],
  [
    /must be an AuthnContextClassRef/,
    'Each must be the name (URI or URN) of a way of signing in, on a line of its own.',
  ],
  [
    /must be a name without blanks/,
    'Each must be a name of up to 256 letters, digits and marks without blanks, on a line of its own.',
  ],
  [/must be a NameID format of SAML/, 'Choose one of those that are offered.'],
  [/must contain no more than (\d+) elements/, 'There may be $1 of them at most.'],
  [/^Give metadataXml, metadataUrl, /, 'Give the metadata too, as text or by its address.'],
];

/** Lays what was refused at the fields of a form, each under its label and in the words of pages. */
export function refusedFields(problem: Problem, fields: readonly Field[]): RefusedFields {
  const found = new Map<string, string>();
  const others: string[] = [];
  for (const error of problem.extra.errors ?? []) {
    const field = typeof error === 'string' ? undefined : fields.find((one) => isAbout(one, error.field));
    if (typeof error === 'string') others.push(error);
    else if (!field) others.push(inWords(error.message, error.field));
    else if (!found.has(field.name)) found.set(field.name, inWords(error.message, error.field));
  }
  const wrong = new Map(
    fields.flatMap(({ name }) => (found.has(name) ? [[name, found.get(name)!] as const] : [])),
  );
  return { detail: detailOf(problem, wrong.size > 0, others.length > 0), wrong, others };
}

/** What people type on the way in, and what the pages call it. */
const TYPED_AT_THE_DOOR: readonly Field[] = Object.entries({
  email: 'Email',
  password: 'Password',
  name: 'Your name',
  code: 'Code',
  phone: 'Phone number',
}).map(([name, label]) => ({ name, label, kind: 'line', most: 0 }));

/** Why somebody is not let in, for pages that have one place to say it. */
export function saidAtTheDoor(problem: Problem): string {
  const { detail, wrong, others } = refusedFields(problem, TYPED_AT_THE_DOOR);
  const said = TYPED_AT_THE_DOOR.flatMap(({ name, label }) => {
    const words = wrong.get(name);
    return words === undefined ? [] : [words.replace(/^This (?:field )?(?=is |must )/, `${label} `)];
  });
  if (said.length === 0 && detail === problem.detail) return detail;
  return [...said, ...others].join(' ') || detail;
}

/** What a problem says, on a page that shows its reasons below. */
export const detailOnPages = (problem: Problem): string =>
  detailOf(problem, false, reasonsOf(problem).length > 0);

const isAbout = ({ name, inCalls }: Field, field: string): boolean =>
  [name, inCalls].some((known) => field === known || field.startsWith(`${known}.`));

function inWords(message: string, field: string): string {
  for (const [rule, sentence] of WORDS) {
    const match = rule.exec(message);
    if (match) return sentence.replace('$1', match[1] ?? '');
  }
  const rest = message.replace(/^each value in (\S+) /, 'Each ');
  return rest.startsWith(`${field} `) ? `This ${rest.slice(field.length + 1)}` : rest;
}

/** Callers look into `errors`; people read on. */
function detailOf({ detail }: Problem, atFields: boolean, below: boolean): string {
  const said = detail.replace(/; see errors\.$/, '');
  if (said === detail) return detail;
  if (atFields) return `${said}: what is wrong stands beside each.`;
  return below ? `${said}:` : `${said}.`;
}
