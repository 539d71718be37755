import { project, readProjection } from './projection';
import { assertComplete, readResource, writeResource } from './resource';
import { ENTERPRISE_URN, MEMBER_URN, USER_URN, USERS } from './user-schema';

const read = (body: unknown) => readResource(USERS, body);

describe('A resource that a client sends (RFC 7644 §3.3)', () => {
  it('is read into canonical names and types', () => {
    expect(
      read({
        SCHEMAS: [USER_URN, ENTERPRISE_URN],
        UserName: 'ada@acme.test',
        Active: 'True',
        NAME: { GivenName: 'Ada' },
        'name.familyName': 'Byron',
        emails: [{ Value: 'ada@acme.test', Primary: 'true' }],
        [ENTERPRISE_URN.toLowerCase()]: { Department: 'R&D', manager: 'u1' },
        [`${ENTERPRISE_URN}:costCenter`]: '7',
      }),
    ).toEqual({
      userName: 'ada@acme.test',
      active: true,
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ value: 'ada@acme.test', primary: true }],
      [ENTERPRISE_URN]: { department: 'R&D', manager: { value: 'u1' }, costCenter: '7' },
    });
  });

  it('passes over id, meta, groups, password and what nobody knows', () => {
    const body = {
      userName: 'ada',
      id: 'x',
      meta: {},
      groups: [{ value: 'g' }],
      password: 'secret',
      nonsense: {},
    };
    expect(read(body)).toEqual({ userName: 'ada' });
  });

  it('takes null for absent', () => {
    const body = {
      userName: 'ada',
      emails: null,
      addresses: null,
      name: { givenName: null },
      [ENTERPRISE_URN]: null,
    };
    expect(read(body)).toEqual({ userName: 'ada' });
  });

  it('takes emails as an object, as text and as a list of text', () => {
    const emails = [{ value: 'a@b.c' }];
    expect(read({ userName: 'ada', emails: { value: 'a@b.c' } })).toEqual({ userName: 'ada', emails });
    expect(read({ userName: 'ada', emails: 'a@b.c' })).toEqual({ userName: 'ada', emails });
    expect(read({ userName: 'ada', emails: ['a@b.c'] })).toEqual({ userName: 'ada', emails });
  });

  it('takes as much as the schema lets in, and no list of nothing', () => {
    const emails = Array.from({ length: 200 }, (_, index) => ({ value: `${index}@b.c` }));
    const userName = 'x'.repeat(512);
    expect(read({ userName, emails })).toEqual({ userName, emails });
    expect(read({ userName: 'ada', emails: [null, {}, ''] })).toEqual({ userName: 'ada' });
  });

  it.each([
    { displayName: 'Ada', DisplayName: 'Bob' },
    { 'name.givenName': 'Ada', name: { givenName: 'Bob' } },
    { name: { givenName: 'Ada', GivenName: 'Bob' } },
    { emails: ['a@b.c'], Emails: ['d@b.c'] },
    { emails: ['a@b.c'], Emails: ['a@b.c', 'd@b.c'] },
    { schemas: [], Schemas: [] },
  ])('is refused where it says two things of one: %j', (body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }));
  });

  it('may say the same twice', () => {
    const body = { displayName: 'Ada', DISPLAYNAME: 'Ada', emails: ['a@b.c'], Emails: [{ value: 'a@b.c' }] };
    expect(read(body)).toEqual({ displayName: 'Ada', emails: [{ value: 'a@b.c' }] });
  });

  it('keeps one of two primary emails', () => {
    const emails = [
      { value: 'a@b.c', primary: true },
      { value: 'd@b.c', primary: true },
    ];
    expect(read({ userName: 'ada', emails }).emails).toEqual([emails[0], { value: 'd@b.c', primary: false }]);
  });

  it.each([
    [['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0']],
    [['urn:scim:schemas:core:1.0']],
    [[ENTERPRISE_URN, USER_URN, 'urn:acme:custom']],
    [[]],
    [undefined],
  ])('may say schemas %j', (schemas) => {
    expect(read({ schemas, userName: 'ada' })).toEqual({ userName: 'ada' });
  });

  it.each([null, [], 'x', 5, { schemas: USER_URN }, { schemas: [5] }, { schemas: ['urn:x'] }])(
    'is not %j',
    (body) => {
      expect(() => read(body)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }));
    },
  );

  it.each([
    { userName: 5 },
    { userName: { value: 'x' } },
    { userName: ['a', 'b'] },
    { userName: 'x'.repeat(513) },
    { userName: 'a\0' },
    { externalId: 5 },
    { active: 'perhaps' },
    { name: 'Ada' },
    { emails: [5] },
    { emails: [{ value: {} }] },
    { emails: Array.from({ length: 201 }, (_, index) => `${index}@b.c`) },
    { x509Certificates: [{ value: 'not base64!' }] },
    { [ENTERPRISE_URN]: 'x' },
  ])('is refused with the wrong types (%#)', (body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidValue' }));
  });

  it.each([{}, { userName: '' }, { userName: '  ' }])('is incomplete without a userName: %j', (body) => {
    expect(() => assertComplete(USERS, read(body))).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidValue' }),
    );
  });

  it('needs no more than a userName', () => {
    expect(() => assertComplete(USERS, read({ userName: 'ada', displayName: '' }))).not.toThrow();
  });

  it('is harmless with the names of object machinery', () => {
    const body: unknown = JSON.parse(
      '{"userName":"ada","__proto__":{"x":1},"name":{"__proto__":{"x":1},"givenName":"A"}}',
    );
    expect(read(body)).toEqual({ userName: 'ada', name: { givenName: 'A' } });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('A resource that is answered', () => {
  const meta = {
    id: '1',
    resourceType: 'User',
    created: new Date('2030-01-01T00:00:00Z'),
    lastModified: new Date('2030-01-02T00:00:00Z'),
    location: 'https://gate.test/scim/v2/Users/1',
  };
  const written = (resource: Parameters<typeof writeResource>[1]) => writeResource(USERS, resource, meta);

  it('names the schemas it uses and where, when and in which version it is', () => {
    expect(written({ userName: 'ada', [ENTERPRISE_URN]: { department: 'R&D' } })).toEqual({
      schemas: [USER_URN, ENTERPRISE_URN],
      id: '1',
      userName: 'ada',
      [ENTERPRISE_URN]: { department: 'R&D' },
      meta: {
        resourceType: 'User',
        created: '2030-01-01T00:00:00.000Z',
        lastModified: '2030-01-02T00:00:00.000Z',
        location: 'https://gate.test/scim/v2/Users/1',
        version: expect.stringMatching(/^W\/"[\w-]{22}"$/) as string,
      },
    });
    expect(written({ userName: 'ada' }).schemas).toEqual([USER_URN]);
  });

  it('has another version when it says something else, and only then', () => {
    const version = (userName: string) => (written({ userName }).meta as { version: string }).version;
    expect(version('ada')).toBe(version('ada'));
    expect(version('ada')).not.toBe(version('bob'));
  });

  it('can be sent back as it is', () => {
    const resource = { userName: 'ada', active: true, emails: [{ value: 'a@b.c', primary: true }] };
    expect(read(written(resource))).toEqual(resource);
  });

  describe('in part (RFC 7644 §3.9)', () => {
    const whole = written({
      userName: 'ada',
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ value: 'a@b.c', type: 'work' }],
      [ENTERPRISE_URN]: { department: 'R&D', division: 'D' },
    });
    const part = (only?: string, without?: string) =>
      project(USERS, whole, readProjection(USERS, only, without));

    it('holds what was asked for, and always id and the schemas of what it holds', () => {
      expect(part('USERNAME, emails.value,meta')).toEqual({
        schemas: [USER_URN],
        id: '1',
        userName: 'ada',
        emails: [{ value: 'a@b.c' }],
        meta: whole.meta,
      });
      expect(part(`name.givenName,name.familyName,${ENTERPRISE_URN}:division`)).toEqual({
        schemas: whole.schemas,
        id: '1',
        name: { givenName: 'Ada', familyName: 'Byron' },
        [ENTERPRISE_URN]: { division: 'D' },
      });
      expect(part(ENTERPRISE_URN)[ENTERPRISE_URN]).toEqual(whole[ENTERPRISE_URN]);
    });

    it('lacks what was not wanted', () => {
      const result = part(undefined, 'emails,name.familyName,id,department');
      expect(result).toMatchObject({
        id: '1',
        name: { givenName: 'Ada' },
        [ENTERPRISE_URN]: { division: 'D' },
      });
      expect(result).not.toHaveProperty('emails');
      expect(result.name).not.toHaveProperty('familyName');
    });

    it('holds what is returned on request only then', () => {
      const member = { ...whole, [MEMBER_URN]: { role: 'admin', approver: false } };
      expect(project(USERS, member, {})).toEqual(whole);
      const asked = project(USERS, member, readProjection(USERS, `${MEMBER_URN}:role`));
      expect(asked).toEqual({
        schemas: [USER_URN, MEMBER_URN],
        id: '1',
        [MEMBER_URN]: { role: 'admin' },
      });
    });

    it('passes over names that mean nothing', () => {
      expect(part('nonsense,,__proto__')).toEqual({ schemas: [USER_URN], id: '1' });
      expect(part('', 'nonsense')).toEqual(whole);
    });
  });
});
