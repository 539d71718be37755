import fc from 'fast-check';
import { ENTERPRISE } from '../../support/scim-client';

/** A value of a list as the model knows it. */
export interface Phone {
  value?: string;
  type?: string;
  display?: string;
}

/** As much of a user as the model knows. */
export interface Person {
  title?: string;
  nickName?: string;
  active: boolean;
  name?: { givenName?: string; familyName?: string };
  phoneNumbers?: Phone[];
  department?: string;
}

/** An operation as it is sent, and what it makes of a person; undefined when it is to be refused. */
export interface ModelledOperation {
  sent: { op: string; path?: string; value?: unknown };
  apply: (person: Person) => Person | undefined;
}

const text = fc.constantFrom('a', 'b', 'Ab', 'é', 'x y', '"q"', 'back\\slash', '𝔘', '%_');
const type = fc.constantFrom('work', 'home', 'mobile');
const inAnyCase = (word: fc.Arbitrary<string>) =>
  fc.tuple(word, fc.boolean()).map(([chosen, upper]) => (upper ? chosen.toUpperCase() : chosen));
const verb = fc.constantFrom('add' as const, 'replace' as const);
const phone: fc.Arbitrary<Phone> = fc.record(
  { value: text, type, display: text },
  { requiredKeys: ['value'] },
);
const name = fc.record({ givenName: text, familyName: text }, { requiredKeys: [] });

export const person: fc.Arbitrary<Person> = fc
  .record(
    {
      title: text,
      nickName: text,
      active: fc.boolean(),
      name,
      phoneNumbers: fc.array(phone, { maxLength: 4 }),
      department: text,
    },
    { requiredKeys: ['active'] },
  )
  .map((one) => tidy({ ...one, ...(one.phoneNumbers && { phoneNumbers: eachOnce(one.phoneNumbers) }) }));

/** Paths are spelled in several ways, values come from a small alphabet: collisions are what is interesting. */
export const operation: fc.Arbitrary<ModelledOperation> = fc.oneof(
  plain('title', (value) => ({ title: value })),
  plain('nickName', (value) => ({ nickName: value })),
  plain('department', (value) => ({ department: value }), `${ENTERPRISE}:department`),
  fc.constantFrom('title', 'TITLE', 'nickName', `${ENTERPRISE}:Department`).map((path) => ({
    sent: { op: 'remove', path },
    apply: (before: Person) => without(before, path.split(':').pop()!),
  })),
  fc.tuple(verb, fc.constantFrom(true, false, 'True', 'False')).map(([op, value]) => ({
    sent: { op, path: 'active', value },
    apply: (before: Person) => ({ ...before, active: String(value).toLowerCase() === 'true' }),
  })),
  fc
    .tuple(verb, fc.constantFrom('givenName' as const, 'familyName' as const), text)
    .map(([op, part, value]) => ({
      sent: { op, path: `name.${part}`, value },
      apply: (before: Person) => ({ ...before, name: { ...before.name, [part]: value } }),
    })),
  fc.tuple(verb, name).map(([op, value]) => ({
    sent: { op, path: 'name', value },
    apply: (before: Person) => ({ ...before, name: { ...before.name, ...value } }),
  })),
  fc.constantFrom('name', 'name.givenName', 'NAME.FAMILYNAME').map((path) => ({
    sent: { op: 'remove', path },
    apply: (before: Person) => withoutName(before, path.split('.')[1]?.toLowerCase()),
  })),
  fc.tuple(verb, fc.record({ title: text, nickName: text }, { requiredKeys: [] })).map(([op, value]) => ({
    sent: { op, value },
    apply: (before: Person) => ({ ...before, ...value }),
  })),
  fc.array(phone, { minLength: 1, maxLength: 3 }).map((value) => ({
    sent: { op: 'add', path: 'phoneNumbers', value },
    apply: (before: Person) => ({
      ...before,
      phoneNumbers: eachOnce([...(before.phoneNumbers ?? []), ...value]),
    }),
  })),
  fc.array(phone, { maxLength: 3 }).map((value) => ({
    sent: { op: 'replace', path: 'phoneNumbers', value },
    apply: (before: Person) => ({ ...before, phoneNumbers: eachOnce(value) }),
  })),
  fc.constant({
    sent: { op: 'remove', path: 'phoneNumbers' },
    apply: ({ phoneNumbers: _gone, ...rest }: Person) => rest,
  }),
  inAnyCase(type).map((wanted) => ({
    sent: { op: 'remove', path: `phoneNumbers[type eq "${wanted}"]` },
    apply: (before: Person) => ({ ...before, phoneNumbers: phonesBut(before, wanted) }),
  })),
  fc
    .tuple(verb, type, fc.constantFrom('value' as const, 'display' as const), text)
    .map(([op, wanted, part, value]) => ({
      sent: { op, path: `phoneNumbers[type eq "${wanted}"].${part}`, value },
      apply: (before: Person) => changedPhones(before, wanted, (one) => ({ ...one, [part]: value })),
    })),
  fc.tuple(type, text).map(([wanted, value]) => ({
    sent: { op: 'replace', path: `phoneNumbers[type eq "${wanted}"]`, value: { value } },
    apply: (before: Person) => changedPhones(before, wanted, ({ type: kept }) => ({ type: kept, value })),
  })),
  fc
    .constantFrom(
      { op: 'replace', path: 'id', value: 'x' },
      { op: 'remove', path: 'userName' },
      { op: 'remove' },
      { op: 'replace', path: 'noSuchAttribute', value: 'x' },
      { op: 'replace', path: 'phoneNumbers[value co "nowhere to be found"].display', value: 'x' },
      { op: 'add', path: 'active', value: 'perhaps' },
    )
    .map((sent) => ({ sent, apply: () => undefined })),
);

/** What all operations together lead to: all of them, or nothing when one is refused. */
export function outcome(before: Person, operations: readonly ModelledOperation[]): Person | undefined {
  let now: Person | undefined = before;
  for (const { apply } of operations) now = now && apply(tidy(now));
  return now && tidy(now);
}

/** A person without what is empty: absent, null and empty are one. */
export function tidy({ name: named, phoneNumbers, ...rest }: Person): Person {
  return {
    ...rest,
    ...(named && Object.keys(named).length > 0 && { name: named }),
    ...(phoneNumbers && phoneNumbers.length > 0 && { phoneNumbers }),
  };
}

function plain(
  attribute: string,
  change: (value: string) => Partial<Person>,
  path = attribute,
): fc.Arbitrary<ModelledOperation> {
  return fc.tuple(verb, text, fc.boolean()).map(([op, value, upper]) => ({
    sent: { op, path: upper ? path.toUpperCase() : path, value },
    apply: (before) => ({ ...before, ...change(value) }),
  }));
}

function without(before: Person, attribute: string): Person {
  return Object.fromEntries(
    Object.entries(before).filter(([key]) => key.toLowerCase() !== attribute.toLowerCase()),
  ) as unknown as Person;
}

function withoutName({ name: named = {}, ...rest }: Person, part?: string): Person {
  const kept = Object.entries(named).filter(([key]) => part !== undefined && key.toLowerCase() !== part);
  return { ...rest, name: Object.fromEntries(kept) };
}

const isOfType = (one: Phone, wanted: string) => one.type?.toLowerCase() === wanted.toLowerCase();

function phonesBut({ phoneNumbers = [] }: Person, wanted: string): Phone[] {
  return phoneNumbers.filter((one) => !isOfType(one, wanted));
}

/** Changes the numbers of a type; where there is none, there is one then. */
function changedPhones(before: Person, wanted: string, change: (one: Phone) => Phone): Person {
  const { phoneNumbers = [] } = before;
  const changed = phoneNumbers.some((one) => isOfType(one, wanted))
    ? phoneNumbers.map((one) => (isOfType(one, wanted) ? change(one) : one))
    : [...phoneNumbers, change({ type: wanted })];
  return { ...before, phoneNumbers: eachOnce(changed) };
}

function eachOnce(phones: readonly Phone[]): Phone[] {
  const key = ({ value, type: kind, display }: Phone) => JSON.stringify([value, kind, display]);
  return phones.filter((one, index) => phones.findIndex((other) => key(other) === key(one)) === index);
}
