import { USER } from '../../support/scim-client';
import { Connector, filter, succeeded } from './connector';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** PingFederate's SCIM provisioner: users by PUT only, all groups read and matched by itself, disabled users, too. */
describe('PingFederate', () => {
  let ping: Connector;
  let ada: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    ping = await Connector.connect({
      'content-type': 'application/json; charset=UTF-8',
      accept: 'application/json',
    });
  });
  afterAll(() => ping.close());

  const person = (more: object = {}) => ({
    schemas: [USER],
    userName: 'ada@acme.test',
    name: { givenName: 'Ada', familyName: 'Byron' },
    emails: [{ value: 'ada@acme.test', type: 'work', primary: true }],
    active: true,
    ...more,
  });

  it('matches by the unique identifier, then creates', async () => {
    const path = `/Users?filter=${filter('userName eq "ada@acme.test"')}`;
    expect(await ping.found(path)).toEqual([]);
    ({ body: ada } = await ping.scim.post('/Users', person()).expect(201));
    expect(await ping.found(path)).toEqual([ada.id]);
  });

  it('provisions somebody who is disabled from the start', async () => {
    const { body } = await ping.scim
      .post('/Users', person({ userName: 'off@acme.test', emails: undefined, active: false }))
      .expect(201);
    expect(body.active).toBe(false);
    expect(await ping.member(body.id as string)).toMatchObject({ removed: true });
  });

  it('updates by PUT', async () => {
    await ping.scim.put(`/Users/${ada.id}`, person({ title: 'Countess' })).expect(200);
    expect(await ping.read(`/Users/${ada.id}`)).toMatchObject({ title: 'Countess' });
  });

  it('reads all groups, page by page, to match one by itself', async () => {
    const created: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { body } = await ping.scim
        .post('/Groups', { schemas: [GROUP], displayName: `Group ${count}` })
        .expect(201);
      created.push(body.id as string);
    }
    const seen: string[] = [];
    for (const startIndex of [1, 3, 5])
      seen.push(...(await ping.found(`/Groups?startIndex=${startIndex}&count=2`)));
    expect(seen).toEqual(created);
    group = { id: created[2]! };
  });

  it('changes members by PATCH where that is enabled, by PUT where it is not', async () => {
    succeeded(
      await ping.scim.patch(`/Groups/${group.id}`, {
        op: 'add',
        path: 'members',
        value: [{ value: ada.id }],
      }),
    );
    expect(await ping.members(group.id)).toEqual([ada.id]);
    await ping.scim
      .put(`/Groups/${group.id}`, { schemas: [GROUP], displayName: 'Group renamed', members: [] })
      .expect(200);
    expect(await ping.members(group.id)).toEqual([]);
    expect(await ping.read(`/Groups/${group.id}`)).toMatchObject({ displayName: 'Group renamed' });
  });

  it('removes by disabling, or by deleting', async () => {
    await ping.scim.put(`/Users/${ada.id}`, person({ active: false })).expect(200);
    expect(await ping.member(ada.id)).toMatchObject({ removed: true });
    await ping.scim.put(`/Users/${ada.id}`, person({ active: true })).expect(200);
    expect(await ping.member(ada.id)).toMatchObject({ removed: false });
    await ping.scim.delete(`/Users/${ada.id}`).expect(204);
    await ping.scim.delete(`/Groups/${group.id}`).expect(204);
  });
});
