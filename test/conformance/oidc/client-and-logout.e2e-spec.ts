import { createPublicKey, verify } from 'node:crypto';
import { Browser } from '../../support/browser';
import { json } from '../../support/oidc-provider';
import { APPLICATION, OidcScene } from '../../support/oidc-sign-in';

type Json = Record<string, unknown>;
const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;

/** RFC 7523; OpenID Connect Core section 9. */
describe('A client that signs with its own key', () => {
  let scene: OidcScene;
  let connectionId: string;
  beforeAll(async () => {
    scene = await OidcScene.start();
    const { issuer, clientId } = scene.idp;
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    const { body } = await admin
      .post('/v1/sso/connections')
      .send({
        type: 'oidc',
        name: 'Signed',
        oidc: { issuer, clientId, tokenEndpointAuthMethod: 'private_key_jwt' },
      })
      .expect(201);
    connectionId = (body as { id: string }).id;
  });
  afterAll(() => scene.close());
  beforeEach(() => scene.idp.behave());

  const jwks = async () =>
    (await scene.app.http().get(`/sso/oidc/${connectionId}/jwks`).expect(200)).body as { keys: Json[] };

  it('needs no secret, and shows its keys from the first draft on', async () => {
    const { keys } = await jwks();
    expect(keys).toEqual([
      expect.objectContaining({
        kty: 'RSA',
        use: 'sig',
        alg: 'RS256',
        kid: expect.stringMatching(/^[\w-]{43}$/) as string,
      }),
    ]);
    expect(Object.keys(keys[0]!)).not.toContain('d');
    await scene.app.http().get(`/sso/oidc/${scene.workspace.id}/jwks`).expect(404);
  });

  it('proves itself to the issuer alone, for a minute, without any secret', async () => {
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    await admin.post(`/v1/sso/connections/${connectionId}/activate`).send({ untested: true }).expect(200);
    const seen: { form: URLSearchParams; authorization: string | undefined }[] = [];
    scene.idp.behaviour = {
      token: (request, response, body) => {
        seen.push({ form: new URLSearchParams(body), authorization: request.headers.authorization });
        json(response, 401, { error: 'invalid_client' });
      },
    };
    const login = `${scene.app.baseUrl}/sso/oidc/${connectionId}/login`;
    for (const _ of [1, 2]) expect((await scene.open(new Browser(), login)).status).toBe(403);
    const [first, second] = seen as [(typeof seen)[0], (typeof seen)[0]];
    expect([first.authorization, first.form.get('client_secret')]).toEqual([undefined, null]);
    expect(first.form.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    );
    const assertion = first.form.get('client_assertion')!;
    const [head, payload, signature] = assertion.split('.') as [string, string, string];
    const [key] = (await jwks()).keys;
    expect(decoded(head)).toMatchObject({ alg: 'RS256', typ: 'JWT', kid: key!.kid });
    const publicKey = createPublicKey({ key: key as never, format: 'jwk' });
    const signed = Buffer.from(`${head}.${payload}`);
    expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    const claims = decoded(payload);
    const { issuer, clientId } = scene.idp;
    expect(claims).toMatchObject({ iss: clientId, sub: clientId, aud: issuer });
    expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(60);
    const again = decoded(second.form.get('client_assertion')!.split('.')[1]!);
    expect(again.jti).not.toBe(claims.jti);
  });

  it('needs a secret again to go back to one, and a key to go over to one', async () => {
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    const patch = (id: string, oidc: object) => admin.patch(`/v1/sso/connections/${id}`).send({ oidc });
    const back = { tokenEndpointAuthMethod: 'client_secret_post' };
    expect((await patch(connectionId, back).expect(400)).body).toMatchObject({
      code: 'client_secret_required',
    });
    await patch(connectionId, { ...back, clientSecret: 'new' }).expect(200);

    const over = { tokenEndpointAuthMethod: 'private_key_jwt' };
    expect((await patch(scene.connectionId, over).expect(400)).body).toMatchObject({
      code: 'client_key_required',
    });
    const { body } = await admin.post(`/v1/sso/connections/${scene.connectionId}/keys`).expect(201);
    const { id } = body as { id: string };
    await admin.post(`/v1/sso/connections/${scene.connectionId}/keys/${id}/activate`).send({}).expect(200);
    await patch(scene.connectionId, over).expect(200);
    const [kept] = await scene.app.sql(
      'select client_secret_id from oidc_settings where connection_id = $1',
      [scene.connectionId],
    );
    expect(kept).toEqual({ client_secret_id: null });
  });
});

/** OpenID Connect RP-Initiated Logout 1.0. */
describe('Logging out at an OpenID Provider', () => {
  let scene: OidcScene;
  beforeAll(async () => {
    scene = await OidcScene.start();
    await scene.configure({ endSessionEndpoint: `${scene.idp.issuer}/logout?realm=acme` });
  });
  afterAll(() => scene.close());
  beforeEach(() => scene.idp.behave());

  async function signIn(): Promise<string> {
    const page = await scene.signIn();
    const code = page.url.searchParams.get('code');
    const { body } = await scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    return (body as { accessToken: string }).accessToken;
  }
  const leave = async (body: object = { idp: true }) => {
    const answer = await scene.app
      .http(await signIn())
      .post('/v1/auth/logout')
      .send(body);
    return { status: answer.status, url: new URL((answer.body as { logoutUrl: string }).logoutUrl) };
  };
  const back = (state: string) => scene.open(new Browser(), scene.url('logged-out', { state }));

  it('leads there with the ID token, the client and a way back', async () => {
    const { status, url } = await leave();
    expect([status, url.origin + url.pathname]).toEqual([200, `${scene.idp.issuer}/logout`]);
    const { id_token_hint: hint, state, ...rest } = Object.fromEntries(url.searchParams);
    expect(rest).toEqual({
      realm: 'acme',
      client_id: scene.idp.clientId,
      post_logout_redirect_uri: scene.url('logged-out'),
    });
    expect(decoded(hint!.split('.')[1]!)).toMatchObject({ sub: scene.idp.subject });
    expect(state).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps the ID token sealed until then', async () => {
    await signIn();
    const rows = await scene.app.sql<{ hint: string }>(
      `select logout_hint::text as hint from sessions where method = 'oidc' order by created_at desc limit 1`,
    );
    expect(rows[0]!.hint).toContain('idToken');
    expect(rows[0]!.hint).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });

  it('ends where the application said, once', async () => {
    const { url } = await leave({ idp: true, redirectUri: APPLICATION });
    const state = url.searchParams.get('state')!;
    const page = await back(state);
    expect([page.status, page.url.href]).toEqual([303, APPLICATION]);
    expect((await scene.app.auditEvents(scene.workspace.id, 'sso.logout_answered')).at(-1)).toMatchObject({
      data: { connectionId: scene.connectionId, method: 'oidc' },
    });
    for (const [wrong, code] of [
      [state, 'logout_request_replayed'],
      ['nonsense', 'logout_request_unknown'],
      ['', 'logout_request_unknown'],
    ] as const) {
      const refused = await back(wrong);
      expect([refused.status, (JSON.parse(refused.text) as Json).code]).toEqual([400, code]);
      const event = (await scene.app.auditEvents(scene.workspace.id, 'sso.logout_refused')).at(-1);
      expect(event?.data).toMatchObject({ code, connectionId: scene.connectionId });
    }
  });

  it('is not offered by a provider without such an address', async () => {
    await scene.configure({ endSessionEndpoint: null });
    const answer = await scene.app
      .http(await signIn())
      .post('/v1/auth/logout')
      .send({ idp: true });
    expect(answer.status).toBe(204);
  });
});
