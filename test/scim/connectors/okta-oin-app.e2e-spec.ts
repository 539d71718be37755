import { expectScimError, USER } from '../../support/scim-client';
import { Connector, filter, succeeded } from './connector';

/** Okta, an app of its catalogue: profiles by PUT, deactivation and groups by PATCH. */
describe('Okta (integration network)', () => {
  let okta: Connector;
  let ada: { id: string };
  let bob: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    okta = await Connector.connect({
      accept: 'application/scim+json',
      'content-type': 'application/scim+json; charset=utf-8',
      'user-agent': 'Okta SCIM Client 1.0.0',
    });
  });
  afterAll(() => okta.close());

  const byName = (userName: string) =>
    okta.found(`/Users?filter=${filter(`userName eq "${userName}"`)}&startIndex=1&count=100`);
  const assign = async (userName: string) => {
    expect(await byName(userName)).toEqual([]);
    const { body } = await okta.scim
      .post('/Users', {
        schemas: [USER],
        userName,
        name: { givenName: 'Ada', familyName: 'Byron' },
        emails: [{ primary: true, value: userName, type: 'work' }],
        displayName: 'Ada Byron',
        locale: 'en-US',
        externalId: `00u-${userName}`,
        groups: [],
        password: 'x8RndPassword',
        active: true,
      })
      .expect(201);
    return body as { id: string };
  };
  const setActive = async ({ id }: { id: string }, active: boolean) =>
    succeeded(await okta.scim.patch(`/Users/${id}`, { op: 'replace', value: { active } }));
  /** Okta puts the name before every change of members. */
  const regrouped = async (...operations: object[]) =>
    succeeded(
      await okta.scim.patch(
        `/Groups/${group.id}`,
        { op: 'replace', value: { id: group.id, displayName: 'Engineering' } },
        ...operations,
      ),
    );

  it('tests its credentials', async () => {
    await okta.scim.get('/Users?startIndex=1&count=1').expect(200);
  });

  it('assigns two people', async () => {
    [ada, bob] = [await assign('ada@acme.test'), await assign('bob@acme.test')];
    expectScimError(
      await okta.scim.post('/Users', { schemas: [USER], userName: 'ada@acme.test' }),
      409,
      'uniqueness',
    );
  });

  it('imports everybody by pages, each once', async () => {
    const all = [
      ...(await okta.found('/Users?startIndex=1&count=2')),
      ...(await okta.found('/Users?startIndex=3&count=2')),
    ];
    expect(all.sort()).toEqual([ada.id, bob.id, okta.workspace.admin.memberId].sort());
  });

  it('pushes a profile by PUT', async () => {
    const read = await okta.read(`/Users/${ada.id}`);
    await okta.scim.put(`/Users/${ada.id}`, { ...read, nickName: 'Countess' }).expect(200);
    expect(await okta.read(`/Users/${ada.id}`)).toMatchObject({
      nickName: 'Countess',
      displayName: 'Ada Byron',
    });
  });

  it('pushes a group with one member, then exchanges the member', async () => {
    ({ body: group } = await okta.scim
      .post('/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: 'Engineering',
        members: [],
      })
      .expect(201));
    await regrouped({ op: 'add', path: 'members', value: [{ value: ada.id, display: 'ada@acme.test' }] });
    expect(await okta.members(group.id)).toEqual([ada.id]);
    await regrouped(
      { op: 'remove', path: `members[value eq "${ada.id}"]` },
      { op: 'add', path: 'members', value: [{ value: bob.id, display: 'bob@acme.test' }] },
    );
    expect(await okta.members(group.id)).toEqual([bob.id]);
  });

  it('replaces all members at once', async () => {
    await regrouped({
      op: 'replace',
      path: 'members',
      value: [ada, bob].map(({ id }) => ({ value: id, display: `${id}@acme.test` })),
    });
    expect(await okta.members(group.id)).toEqual([ada.id, bob.id].sort());
  });

  it('links a group that is there by its name', async () => {
    const path = `/Groups?filter=${filter('displayName eq "Engineering"')}&startIndex=1&count=100`;
    expect(await okta.found(path)).toEqual([group.id]);
  });

  it('deactivates, and the person stays readable and out', async () => {
    await setActive(ada, false);
    expect(await okta.read(`/Users/${ada.id}`)).toMatchObject({ active: false });
    expect(await okta.member(ada.id)).toMatchObject({ removed: true });
  });

  it('reactivates and deactivates again under the same id', async () => {
    await setActive(ada, true);
    expect(await byName('ada@acme.test')).toEqual([ada.id]);
    expect(await okta.member(ada.id)).toMatchObject({ removed: false });
    await setActive(ada, false);
    expect(await okta.member(ada.id)).toMatchObject({ removed: true });
  });

  it('leaves the group when it unlinks it, or deletes it', async () => {
    expect(await okta.members(group.id)).toContain(bob.id);
    await okta.scim.delete(`/Groups/${group.id}`).expect(204);
    expectScimError(await okta.scim.delete(`/Groups/${group.id}`), 404);
  });
});
