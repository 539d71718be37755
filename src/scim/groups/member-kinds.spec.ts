import { refusal } from '../../../test/support/scim-patch';
import { type MemberKind, namedBy, readKinds } from './member-kinds';

const ID = '019a0000-0000-7000-8000-00000000000a';
const kindOf = (reference: string): MemberKind | undefined => {
  const kinds = new Map<string, MemberKind>();
  readKinds({ value: ID, $ref: reference }, kinds);
  return kinds.get(ID);
};

describe('The $ref of a member', () => {
  it.each([
    [`https://id.acme.test/scim/v2/Users/${ID}`, 'User'],
    [`../groups/${ID.toUpperCase()}/`, 'Group'],
    [`Users/${ID}?from=/Groups/x#y`, 'User'],
    [`/Members/${ID}`, undefined],
    [ID, undefined],
  ])('is read by its end: %s', (reference, kind) => {
    expect(kindOf(reference)).toBe(kind);
    expect(String(namedBy({ $ref: reference })).toLowerCase()).toBe(ID);
  });

  it.each(['/Users/', `/Users/${ID}//`, `${ID}/x`, '?', '/'])('leads nowhere: %s', (reference) => {
    expect(refusal(() => kindOf(reference))).toEqual({ status: 400, scimType: 'invalidValue' });
    expect(namedBy({ $ref: reference })).not.toBe(ID);
  });

  it('is read as fast as it is long', () => {
    const { user: before } = process.cpuUsage();
    expect(namedBy({ $ref: `${'/a?'.repeat(200_000)}\n` })).toBe('a');
    expect(process.cpuUsage().user - before).toBeLessThan(1_000_000);
  });
});
