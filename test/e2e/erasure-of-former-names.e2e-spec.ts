import { startApp, type TestApp } from '../support/app';
import { FederatedSignIn, loginOf } from '../support/federated-sign-in';
import { ownDomain } from '../support/oidc-sign-in';
import { occurrencesOf } from '../support/text-search';
import { scimWorkspace, type ScimWorkspace } from '../support/scim-client';

const primary = (value: string) => ({ value, type: 'work', primary: true });

describe('Erasing somebody who had another address before', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });
  afterAll(() => app?.close());

  const rename = (id: string, address: string) =>
    workspace.scim
      .patch(`/Users/${id}`, {
        op: 'replace',
        value: { userName: address, emails: [primary(address)] },
      })
      .expect(200);

  it('takes that one out of every table, file and entry of the log as well', async () => {
    const person = await app.member(workspace, 'viewer', { email: 'first@acme.test' });
    const former = 'grace.hopperia@acme.test';
    await admin.post('/v1/invitations').send({ email: former, role: 'viewer' }).expect(201);
    await rename(person.memberId, former);
    await app.http().post('/v1/auth/login').send({ email: former, password: 'wrong' }).expect(401);
    await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'admin' }).expect(200);
    await rename(person.memberId, 'last@acme.test');
    const { body } = await admin.get(`/v1/members/${person.memberId}/export`).expect(200);
    expect(body.membership.formerNames).toEqual(['first@acme.test', former]);

    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: 'last@acme.test' }).expect(200);
    const events = await app.auditEvents(workspace.id);
    const left = events.filter((event) => JSON.stringify(event).includes('hopperia'));
    expect([await occurrencesOf(app, 'hopperia'), left.map(({ type }) => type)]).toEqual([[], []]);
    expect(await occurrencesOf(app, 'last@')).toEqual([]);
  });

  it.each([
    ['address', 'heir-1@acme.test', (shared: string) => ({ userName: 'u-1', emails: [primary(shared)] })],
    [
      'sign-in name',
      'heir-2@acme.test',
      (shared: string) => ({ userName: shared, emails: [primary('h2@acme.test')] }),
    ],
    [
      'second address',
      'heir-3@acme.test',
      (shared: string) => ({
        userName: 'u-3',
        emails: [primary('h3@acme.test'), { value: shared, type: 'home' }],
      }),
    ],
  ])('leaves alone what leads to whoever has it now as their %s', async (_, shared, as) => {
    const person = await app.member(workspace, 'viewer');
    await rename(person.memberId, shared);
    await rename(person.memberId, `now-${shared}`);
    const heir = await workspace.scim.create(as(shared));
    await admin
      .post(`/v1/members/${person.memberId}/erase`)
      .send({ email: `now-${shared}` })
      .expect(200);
    expect((await workspace.scim.get(`/Users/${heir.id}`).expect(200)).body).toMatchObject(as(shared));
    const made = await app.auditEvents(workspace.id, 'scim.user_created');
    expect(made.at(-1)!.data).toMatchObject({ userName: as(shared).userName });
    const { body } = await admin.get('/v1/scim/activity').query({ member: heir.id }).expect(200);
    expect(body.data).toContainEqual(expect.objectContaining({ method: 'POST', path: '/Users' }));
  });

  it('knows what their provider called them before', async () => {
    const domain = `${workspace.slug}.example`;
    await ownDomain(app, workspace, domain);
    const federated = new FederatedSignIn(app);
    const connection = await federated.connect(workspace);
    const email = `alan@${domain}`;
    for (const address of [email, `turingia@${domain}`, `alan.t@${domain}`])
      await federated.signIn({ connection }, loginOf('alan-at-the-idp', address));
    await admin
      .post('/v1/invitations')
      .send({ email: `turingia@${domain}`, role: 'viewer' })
      .expect(201);
    const { body } = await admin.get('/v1/members').query({ search: email }).expect(200);
    await admin.post(`/v1/members/${body.data[0].id}/erase`).send({ email }).expect(200);
    expect(await occurrencesOf(app, 'turingia')).toEqual([]);
  });
});
