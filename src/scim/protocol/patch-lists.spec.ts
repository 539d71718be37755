import { patchOf, refusal } from '../../../test/support/scim-patch';
import type { ScimObject } from './scim-value';

const ada = (): ScimObject => ({
  userName: 'ada@acme.test',
  emails: [
    { value: 'ada@acme.test', type: 'work', primary: true },
    { value: 'ada@home.test', type: 'home' },
  ],
});

type Operation = Record<string, unknown>;
const work = (result: ScimObject) => (result.emails as ScimObject[])[0];
const patched = patchOf(ada);

describe('A PATCH of a multi-valued attribute (RFC 7644 §3.5.2)', () => {
  it('changes the selected element only', () => {
    const result = patched({ op: 'Replace', path: 'emails[type eq "work"].Value', value: 'a2@acme.test' });
    expect(result.emails).toEqual([
      { value: 'a2@acme.test', type: 'work', primary: true },
      { value: 'ada@home.test', type: 'home' },
    ]);
  });

  it.each([
    'emails[primary eq true]',
    'emails[primary eq "True"]',
    'emails[type eq "WORK" and not (value sw "x")]',
  ])('selects by %s', (path) => {
    expect(work(patched({ op: 'replace', path: `${path}.value`, value: 'n@acme.test' }))).toMatchObject({
      value: 'n@acme.test',
    });
  });

  it('makes the element a filter describes when it selects none', () => {
    const result = patched(
      { op: 'Add', path: 'addresses[type eq "work"].formatted', value: '1 Main St' },
      { op: 'Replace', path: 'roles[primary eq "True"].value', value: 'Admin' },
      { op: 'replace', path: 'phoneNumbers[type eq "work" and primary eq true]', value: { value: '1' } },
    );
    expect(result).toMatchObject({
      addresses: [{ type: 'work', formatted: '1 Main St' }],
      roles: [{ primary: true, value: 'Admin' }],
      phoneNumbers: [{ value: '1' }],
    });
  });

  it('answers noTarget when the filter selects none and describes none', () => {
    const operation = { op: 'replace', path: 'emails[value sw "x"].value', value: 'y' };
    expect(refusal(() => patched(operation))).toEqual({ status: 400, scimType: 'noTarget' });
  });

  it('replaces a selected element and keeps by what it was selected', () => {
    const result = patched({
      op: 'replace',
      path: 'emails[type eq "work"]',
      value: { value: 'n@acme.test' },
    });
    expect(work(result)).toEqual({ type: 'work', value: 'n@acme.test' });
  });

  it('adds to a selected element what is named', () => {
    const result = patched({ op: 'add', path: 'emails[type eq "work"]', value: { display: 'Ada' } });
    expect(work(result)).toEqual({ value: 'ada@acme.test', type: 'work', primary: true, display: 'Ada' });
  });

  it('adds an element once', () => {
    const home = { value: 'ada@home.test', type: 'home' };
    expect(patched({ op: 'add', path: 'emails', value: [home] }).emails).toEqual(ada().emails);
    expect(patched({ op: 'add', path: 'emails', value: home }).emails).toEqual(ada().emails);
  });

  it('adds no value that is there already, whichever of them was or is the primary one', () => {
    const another = { op: 'add', path: 'emails', value: [{ value: 'n@acme.test', primary: true }] };
    const again = { op: 'add', path: 'emails', value: [{ value: 'ada@acme.test', type: 'work' }] };
    expect(patched(another, again)).toEqual(patched(another));
    const home = { value: 'ada@home.test', type: 'home', primary: true };
    expect(patched({ op: 'add', path: 'emails', value: [home] }).emails).toEqual([
      { value: 'ada@acme.test', type: 'work', primary: false },
      home,
    ]);
  });

  it('moves primary to the element that came last with it', () => {
    const result = patched({ op: 'add', path: 'emails', value: [{ value: 'n@acme.test', primary: true }] });
    expect((result.emails as ScimObject[]).map(({ primary }) => primary)).toEqual([false, undefined, true]);
    const other = patched({ op: 'replace', path: 'emails[type eq "home"].primary', value: 'True' });
    expect((other.emails as ScimObject[]).map(({ primary }) => primary)).toEqual([false, true]);
  });

  it('removes what is selected or listed; removing what is not there is no error', () => {
    const left = (operation: Operation) =>
      (patched(operation).emails as ScimObject[]).map(({ type }) => type);
    expect(left({ op: 'remove', path: 'emails[type eq "home"]' })).toEqual(['work']);
    expect(left({ op: 'Remove', path: 'emails', value: [{ value: 'ada@home.test' }] })).toEqual(['work']);
    expect(left({ op: 'Remove', path: 'emails', value: 'ada@home.test' })).toEqual(['work']);
    expect(left({ op: 'remove', path: 'emails[type eq "other"]' })).toEqual(['work', 'home']);
    expect(left({ op: 'remove', path: 'emails[value sw "x"]' })).toEqual(['work', 'home']);
    expect(left({ op: 'remove', path: 'emails[type eq "home"].value' })).toEqual(['work']);
    expect(left({ op: 'remove', path: 'emails[primary eq true].value' })).toEqual(['home']);
  });

  it('removes of a list what is all that it is said to be, in any case where case says nothing', () => {
    const left = (value: unknown) => patched({ op: 'remove', path: 'emails', value }).emails;
    expect(left([{ value: 'ADA@HOME.TEST' }])).toHaveLength(1);
    expect(left([{ value: 'ada@home.test', type: 'work' }])).toHaveLength(2);
    expect(left([{ value: 'ada@home.test' }, { value: 'n@acme.test' }])).toHaveLength(1);
    expect(left([{ value: 'ada@acme.test', primary: 'True' }])).toHaveLength(1);
    expect(left([{ value: 'ada@acme.test', primary: false }])).toHaveLength(2);
    expect(left([])).toHaveLength(2);
    const certificate = { op: 'add', path: 'x509Certificates', value: 'MIIC' };
    const other = { op: 'remove', path: 'x509Certificates', value: 'miic' };
    expect(patched(certificate, other)).toEqual(patched(certificate));
  });

  it('changes a part of every element where no filter selects some', () => {
    const emails = (result: ScimObject) => result.emails as ScimObject[];
    const named = emails(patched({ op: 'replace', path: 'emails.display', value: 'Ada' }));
    expect(named.map(({ display }) => display)).toEqual(['Ada', 'Ada']);
    const untyped = emails(patched({ op: 'remove', path: 'emails.type' }));
    expect(untyped.map(({ value, type }) => [value, type])).toEqual([
      ['ada@acme.test', undefined],
      ['ada@home.test', undefined],
    ]);
  });

  it.each(['add', 'replace'])('moves primary to an element that op %s makes the same as another', (op) => {
    const phones = [
      { value: '1', type: 'work', primary: true },
      { value: '2', type: 'home' },
      { value: '3', type: 'other' },
    ];
    const value = { value: '2', type: 'home', primary: true };
    const result = patched(
      { op: 'add', path: 'phoneNumbers', value: phones },
      { op, path: 'phoneNumbers[type eq "other"]', value },
    );
    expect(result.phoneNumbers).toEqual([{ ...phones[0], primary: false }, value]);
  });

  it('makes the first of added elements primary that is said to be, and not the first of all', () => {
    const value = [{ value: 'n@acme.test' }, { value: 'm@acme.test', primary: true }];
    const result = patched({ op: 'add', path: 'emails', value }).emails as ScimObject[];
    expect(result.find(({ primary }) => primary === true)).toEqual(value[1]);
  });

  it.each([{}, { value: null }])('removes everything when nothing is listed: %j', (rest) => {
    expect(patched({ op: 'remove', path: 'emails', ...rest })).not.toHaveProperty('emails');
  });

  it.each([[], null])('replaces by %j to nothing', (value) => {
    expect(patched({ op: 'replace', path: 'emails', value })).not.toHaveProperty('emails');
  });

  it('reads JSON inside a string, as Entra sends roles', () => {
    const value = '{"id":"1","value":"Admin","displayName":"Admin"}';
    expect(patched({ op: 'Add', path: 'roles', value }).roles).toEqual([{ value: 'Admin' }]);
  });

  it('is bounded', () => {
    const value = Array.from({ length: 201 }, (_, index) => ({ value: `r${index}` }));
    expect(refusal(() => patched({ op: 'add', path: 'roles', value }))).toMatchObject({
      scimType: 'invalidValue',
    });
  });
});
