import { randomUUID } from 'node:crypto';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { expectScimError, ScimClient, USER } from '../support/scim-client';
import { requestWith } from '../support/raw-request';

interface Client {
  readonly id: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** RFC 6749 section 4.4: the way in that directories take which hold no long-lived token. */
describe('A SCIM client', () => {
  let app: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    workspace = await app.workspace();
  });
  afterAll(() => app.close());

  const admin = () => app.http(workspace.admin.accessToken);
  const make = async (input: object = { name: 'Entra ID' }): Promise<Client> =>
    (await admin().post('/v1/scim/clients').send(input).expect(201)).body as Client;
  const ask = (form: Record<string, string> | string) =>
    app
      .http()
      .post('/oauth/token')
      .type('form')
      .send(typeof form === 'string' ? form : new URLSearchParams(form).toString());
  const inBody = ({ clientId, clientSecret }: Client, more: Record<string, string> = {}) =>
    ask({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, ...more });
  const basic = ({ clientId, clientSecret }: Client): string =>
    `Basic ${Buffer.from([clientId, clientSecret].map(encodeURIComponent).join(':')).toString('base64')}`;
  const inHeader = (client: Client, form = 'grant_type=client_credentials') =>
    ask(form).set('authorization', basic(client));
  const tokenOf = async (client: Client, more?: Record<string, string>): Promise<string> =>
    ((await inBody(client, more).expect(200)).body as { access_token: string }).access_token;
  const opens = (token: string) => new ScimClient(app, token).get('/Users?count=1');
  const events = (type: string) => app.auditEvents(workspace.id, type);

  it('is shown with its secret once, and where to take both', async () => {
    const { body } = await admin().post('/v1/scim/clients').send({ name: 'Entra ID' }).expect(201);
    expect(body).toMatchObject({
      name: 'Entra ID',
      clientId: body.id,
      clientSecret: expect.stringMatching(/^ghk_/),
      hint: body.clientSecret.slice(-4),
      scopes: ['read', 'users', 'groups'],
      tokenUrl: `${app.config.publicUrl}/oauth/token`,
      baseUrl: `${app.config.publicUrl}/scim/v2`,
    });
    const { body: list } = await admin().get('/v1/scim/clients').expect(200);
    expect(list.data[0]).toMatchObject({ id: body.id, clientId: body.id });
    expect(JSON.stringify(list)).not.toContain(body.clientSecret);
    const { body: tokens } = await admin().get('/v1/scim/tokens').expect(200);
    expect(JSON.stringify(tokens)).not.toContain(body.id);
    expect((await events('scim_client.created')).at(-1)).toMatchObject({
      target_id: body.id,
      data: { name: 'Entra ID', scopes: ['read', 'users', 'groups'] },
    });
  });

  it.each<[string, (client: Client) => ReturnType<typeof ask>]>([
    ['in the body', (client) => inBody(client)],
    ['in the header', (client) => inHeader(client)],
    [
      'in the header, its id in the body too',
      (client) => inHeader(client, `grant_type=client_credentials&client_id=${client.clientId}`),
    ],
  ])('gets a token for an hour by its secret %s', async (_, get) => {
    const client = await make();
    const { body, headers } = await get(client).expect(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^gha_/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'read users groups',
    });
    expect([headers['cache-control'], headers.pragma]).toEqual(['no-store', 'no-cache']);
    await opens(body.access_token as string).expect(200);
    expect((await events('scim_client.token_issued')).at(-1)).toMatchObject({
      risk: 'low',
      actor_type: 'scim',
      actor_id: client.id,
    });
    const stored = await app.sql<{ text: string }>(
      'select to_jsonb(t)::text as text from scim_access_tokens t where client_id = $1',
      [client.id],
    );
    expect(stored[0]!.text).not.toContain((body.access_token as string).slice(-20));
  });

  it('does with its token what a directory does, in its own name', async () => {
    const client = await make();
    const { id } = await new ScimClient(app, await tokenOf(client)).create();
    const [event] = (await events('scim.user_created')).slice(-1);
    expect(event).toMatchObject({ target_id: id, actor_type: 'scim', actor_id: client.id });
    await app
      .http(await tokenOf(client))
      .get('/v1/members')
      .expect(403);
  });

  it('gets no more scopes than it has, and fewer when it asks for fewer', async () => {
    const client = await make({ name: 'Auditor', scopes: ['read', 'users'] });
    const { body } = await inBody(client, { scope: 'read' }).expect(200);
    expect(body.scope).toBe('read');
    const scim = new ScimClient(app, body.access_token as string);
    await scim.get('/Users').expect(200);
    expectScimError(await scim.post('/Users', { schemas: [USER], userName: 'x@acme.test' }), 403);
    for (const scope of ['groups', 'read groups', 'admin', ' '])
      expect((await inBody(client, { scope }).expect(400)).body.error).toBe('invalid_scope');
  });

  it('may name what its token is for, as some connectors do: there is one thing that it is for', async () => {
    const client = await make();
    for (const more of ['resource=https%3A%2F%2Felsewhere.test', 'audience=a&audience=b', 'foo=1&foo=2']) {
      const { body } = await inHeader(client, `grant_type=client_credentials&${more}`).expect(200);
      expect(body).toMatchObject({ token_type: 'Bearer', scope: 'read users groups' });
    }
  });

  it('that is revoked gets nothing more, and its tokens end with it, on every instance', async () => {
    const second = await startApp({ PUBLIC_URL: app.config.publicUrl }, app);
    try {
      const client = await make();
      const token = await tokenOf(client);
      await new ScimClient(second, token).get('/Users').expect(200);
      await admin().delete(`/v1/scim/clients/${client.id}`).expect(204);
      expectScimError(await opens(token), 401);
      expectScimError(await new ScimClient(second, token).get('/Users'), 401);
      expect((await inBody(client).expect(401)).body.error).toBe('invalid_client');
      expect((await events('scim_client.refused')).at(-1)).toMatchObject({
        target_id: client.id,
        data: { reason: 'revoked' },
      });
      await admin().delete(`/v1/scim/clients/${client.id}`).expect(404);
    } finally {
      await second.close();
    }
  });

  it('is rotated with an overlap, and its tokens live no longer than it does', async () => {
    const client = await make();
    const { body } = await admin()
      .post(`/v1/scim/clients/${client.id}/rotate`)
      .send({ overlapSeconds: 600 })
      .expect(201);
    expect(body).toMatchObject({ previous: { id: client.id, replacedBy: body.id } });
    const { expires_in: left } = (await inBody(client).expect(200)).body as { expires_in: number };
    expect(left > 500 && left <= 600).toBe(true);
    await opens(await tokenOf(body as Client)).expect(200);
    const token = await tokenOf(client);
    await app.sql(`update scim_tokens set expires_at = now() - interval '1 second' where id = $1`, [
      client.id,
    ]);
    expectScimError(await opens(token), 401);
    await inBody(client).expect(401);
  });

  it('holds its latest tokens only, and none beyond its hour', async () => {
    const client = await make();
    const first = await tokenOf(client);
    await app.sql(
      `update scim_access_tokens set expires_at = now() - interval '1 second' where client_id = $1`,
      [client.id],
    );
    expectScimError(await opens(first), 401);
    const second = await tokenOf(client);
    const kept = async () =>
      (await app.sql('select id from scim_access_tokens where client_id = $1', [client.id])).length;
    expect(await kept()).toBe(1);
    for (let count = 0; count < 50; count += 1) await tokenOf(client);
    expectScimError(await opens(second), 401);
    expect(await kept()).toBe(50);
  });

  describe('is refused', () => {
    let client: Client;
    beforeAll(async () => {
      client = await make();
    });

    it('in one way, whatever is wrong with it', async () => {
      const other = await make({ name: 'Other' });
      const wrong = `${client.clientSecret.slice(0, 49)}${'A'.repeat(client.clientSecret.length - 49)}`;
      const strangers: Client[] = [
        { ...client, clientSecret: wrong },
        { ...client, clientSecret: 'x' },
        { ...client, clientSecret: other.clientSecret },
        { ...client, clientId: randomUUID() },
        { ...client, clientId: 'nobody' },
      ];
      const answers = [
        ...(await Promise.all(strangers.map((stranger) => inBody(stranger)))),
        ...(await Promise.all(strangers.map((stranger) => inHeader(stranger)))),
        await ask({ grant_type: 'client_credentials' }),
        await ask({ grant_type: 'client_credentials', client_id: client.clientId }),
        await ask({ grant_type: 'client_credentials' }).set('authorization', 'Bearer x'),
        await ask({ grant_type: 'client_credentials' }).set('authorization', 'Basic %%%'),
        await ask({ grant_type: 'client_credentials' }).set('authorization', 'Basic YTol'),
      ];
      for (const { status, body, headers } of answers) {
        expect({ status, body: body as unknown, challenge: headers['www-authenticate'] as string }).toEqual({
          status: 401,
          body: { error: 'invalid_client', error_description: expect.any(String) as string },
          challenge: 'Basic realm="gatehouse", charset="UTF-8"',
        });
        expect(headers['cache-control']).toBe('no-store');
        expect(body).toEqual(answers[0]!.body);
      }
    });

    it.each<[string, string, (form: string) => string]>([
      ['without a grant', 'invalid_request', (form) => form.replace(/grant_type=[^&]+&/, '')],
      [
        'with another grant',
        'unsupported_grant_type',
        (form) => form.replace('client_credentials', 'password'),
      ],
      ['with a parameter twice', 'invalid_request', (form) => `${form}&client_id=x`],
      ['with a grant twice', 'invalid_request', (form) => `${form}&grant_type=client_credentials`],
    ])('%s: %s', async (_, error, change) => {
      const { clientId, clientSecret } = client;
      const form = `grant_type=client_credentials&client_id=${clientId}&client_secret=${clientSecret}`;
      const { body } = await ask(change(form)).expect(400);
      expect(body).toEqual({ error, error_description: expect.any(String) as string });
    });

    it('with its secret in two places, or as two clients', async () => {
      const { clientId, clientSecret } = client;
      for (const more of [`client_secret=${clientSecret}`, `client_id=${randomUUID()}`]) {
        const { body } = await inHeader(client, `grant_type=client_credentials&${more}`).expect(400);
        expect(body.error).toBe('invalid_request');
      }
      const query = new URLSearchParams({ client_id: clientId, client_secret: clientSecret }).toString();
      await app
        .http()
        .post(`/oauth/token?${query}`)
        .type('form')
        .send('grant_type=client_credentials')
        .expect(401);
    });

    it('with several secrets in its headers', async () => {
      const answer = await requestWith({
        ...{ port: app.config.port, path: '/oauth/token', method: 'POST' },
        headers: {
          authorization: [basic(client), 'Basic YTpi'],
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials',
      });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    });

    it('when the body is no form', async () => {
      const { clientId, clientSecret } = client;
      const fields = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
      for (const answer of [
        await app.http().post('/oauth/token').send(fields),
        await app.http().post('/oauth/token').type('application/json').send('{'),
        await app.http().post('/oauth/token'),
        await app.http().post('/oauth/token').type('text/plain').send('x'),
      ]) {
        expect([400, 415]).toContain(answer.status);
        expect(answer.body).toMatchObject({ error: 'invalid_request' });
      }
    });
  });

  it('is made, rotated and revoked by admins only, and of another workspace looks like none', async () => {
    const client = await make();
    const editor = app.http((await app.member(workspace, 'editor')).accessToken);
    await editor.get('/v1/scim/clients').expect(403);
    await editor.post('/v1/scim/clients').send({ name: 'x' }).expect(403);
    await editor.post(`/v1/scim/clients/${client.id}/rotate`).send({}).expect(403);
    await editor.delete(`/v1/scim/clients/${client.id}`).expect(403);
    const stranger = app.http((await app.workspace()).admin.accessToken);
    await stranger.post(`/v1/scim/clients/${client.id}/rotate`).send({}).expect(404);
    await stranger.delete(`/v1/scim/clients/${client.id}`).expect(404);
    // A client is no token, and a token no client.
    await admin().delete(`/v1/scim/tokens/${client.id}`).expect(404);
    expectScimError(await opens(client.clientSecret), 401);
    await opens(await tokenOf(client)).expect(200);
  });

  it('is found by its metadata (RFC 8414), and by what the SCIM server says about itself', async () => {
    const { body } = await app.http().get('/.well-known/oauth-authorization-server').expect(200);
    expect(body).toMatchObject({
      issuer: app.config.publicUrl,
      token_endpoint: `${app.config.publicUrl}/oauth/token`,
      jwks_uri: `${app.config.publicUrl}/.well-known/jwks.json`,
      introspection_endpoint: `${app.config.publicUrl}/v1/auth/introspect`,
      revocation_endpoint: `${app.config.publicUrl}/v1/auth/revoke`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      scopes_supported: ['read', 'users', 'groups'],
    });
    const scim = new ScimClient(app, await tokenOf(await make()));
    const { body: config } = await scim.get('/ServiceProviderConfig').expect(200);
    expect((config.authenticationSchemes as { type: string }[]).map(({ type }) => type)).toEqual([
      'oauthbearertoken',
      'oauth2',
    ]);
  });
});
