import { readPerson, readSubject, SubjectRefused } from './subject-identifier';

const faultOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof SubjectRefused) return error.fault;
    throw error;
  }
  return 'none';
};

/** RFC 9493; Shared Signals Framework 1.0 section 3. */
describe('A subject identifier', () => {
  it.each([
    { format: 'email', email: 'ada@acme.test' },
    { format: 'iss_sub', iss: 'https://idp.example', sub: 'ada' },
    { format: 'opaque', id: '00u1abc' },
  ])('names a person as %j', (identifier) => {
    expect(readPerson({ ...identifier, more: 'is read past' })).toEqual(identifier);
    expect(readSubject(identifier)).toEqual({ person: identifier });
  });

  it('names a person by several names, of which those count that can mean somebody here (RFC 9493 section 3.2.8)', () => {
    const names = [
      { format: 'email', email: 'ada@acme.test' },
      { format: 'opaque', id: '00u1abc' },
    ];
    const phone = { format: 'phone_number', phone_number: '+1' };
    const aliases = { format: 'aliases', identifiers: [phone, ...names] };
    const read = { format: 'aliases', identifiers: names };
    expect(readPerson(aliases)).toEqual(read);
    expect(readSubject(aliases)).toEqual({ person: read });
    expect(readSubject({ format: 'complex', user: aliases })).toEqual({ person: read });
  });

  const user = { format: 'email', email: 'ada@acme.test' };
  const session = { format: 'opaque', id: 's-1' };

  it('names a session, or a session of a person, as a complex one', () => {
    expect(readSubject({ format: 'complex', session })).toEqual({ sessionId: 's-1' });
    expect(readSubject({ format: 'complex', user, session })).toEqual({ person: user, sessionId: 's-1' });
  });

  it('may leave its format out when it is complex, as drafts did', () => {
    expect(readSubject({ user, device: { format: 'opaque', id: 'd-1' } })).toEqual({ person: user });
  });

  it.each([
    ['malformed', null],
    ['malformed', []],
    ['malformed', 'ada'],
    ['malformed', {}],
    ['malformed', { format: 'email', email: '' }],
    ['malformed', { format: 'email', email: 'a@b@c' }],
    ['malformed', { format: 'opaque', id: 7 }],
    ['malformed', { format: 'opaque', id: 'x'.repeat(1025) }],
    ['malformed', { format: 'iss_sub', iss: 'https://idp.example', sub: 'a\ud800' }],
    ['malformed', { format: 'complex', user: { format: 'complex', user } }],
    ['malformed', { format: 'complex', user, session: 's-1' }],
    ['unsupported', { format: 'complex', device: { format: 'opaque', id: 'd-1' } }],
    ['unsupported', { format: 'complex', user: { format: 'phone_number', phone_number: '+1' } }],
    ['unsupported', { format: 'aliases', identifiers: [{ format: 'phone_number', phone_number: '+1' }] }],
    ['malformed', { format: 'aliases' }],
    ['malformed', { format: 'aliases', identifiers: [] }],
    ['malformed', { format: 'aliases', identifiers: [user, { format: 'email' }] }],
    ['malformed', { format: 'aliases', identifiers: [{ format: 'aliases', identifiers: [user] }] }],
    ['malformed', { format: 'aliases', identifiers: Array(21).fill(user) }],
  ])('is %s as %j', (fault, identifier) => {
    expect(faultOf(() => readSubject(identifier))).toBe(fault);
  });
});
