import { createHash, randomBytes } from 'node:crypto';
import { type AuditRow, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser } from '../support/browser';
import { DnsServer } from '../support/dns-server';
import { driveLogin, startOidcIdp, startSamlIdp } from '../support/idp-processes';

const APP = 'https://app.acme.test/callback';
const ADA = 'ada@acme.test';

/** Makes the connection of one protocol in the workspace; answers its id once the IdP knows us. */
type Connect = (workspace: TestWorkspace) => Promise<string>;

describe('One person, followed through the whole product', () => {
  let service: TestApp;
  let second: TestApp;
  let dns: DnsServer;
  let oidcIdp: Awaited<ReturnType<typeof startOidcIdp>>;
  let samlIdp: Awaited<ReturnType<typeof startSamlIdp>>;

  beforeAll(async () => {
    [dns, oidcIdp, samlIdp] = await Promise.all([DnsServer.start(), startOidcIdp(), startSamlIdp()]);
    const environment = {
      DNS_SERVERS: dns.address,
      OUTBOUND_ALLOW: 'localhost,127.0.0.0/8,::1/128',
      APP_REDIRECT_URIS: APP,
    };
    service = await startApp(environment);
    // Another instance of the same service: it shares nothing with the first but the database.
    second = await startApp({ ...environment, PUBLIC_URL: service.baseUrl }, service);
  }, 60_000);

  afterAll(async () => {
    await second?.close();
    await service?.close();
    await Promise.all([oidcIdp?.stop(), samlIdp?.stop()]);
    await dns?.close();
  });

  const oidc: Connect = async (workspace) => {
    const client = {
      client_id: `gatehouse-${workspace.slug}`,
      client_secret: randomBytes(24).toString('hex'),
    };
    const { body } = await as(workspace)
      .post('/v1/sso/connections')
      .send({
        type: 'oidc',
        name: 'Acme OIDC',
        provider: 'generic',
        oidc: { issuer: oidcIdp.issuer, clientId: client.client_id, clientSecret: client.client_secret },
      })
      .expect(201);
    expect(JSON.stringify(body)).not.toContain(client.client_secret);
    await oidcIdp.register([{ ...client, redirect_uris: [body.rp.redirectUri] }]);
    return body.id as string;
  };

  const saml: Connect = async (workspace) => {
    const { body } = await as(workspace)
      .post('/v1/sso/connections')
      .send({
        type: 'saml',
        name: 'Acme SAML',
        provider: 'generic',
        saml: { metadataXml: await samlIdp.metadataXml() },
      })
      .expect(201);
    expect(JSON.stringify(body)).not.toContain('PRIVATE KEY');
    await samlIdp.register([body.sp.metadataUrl]);
    return body.id as string;
  };

  it.each([
    ['OpenID Connect', oidc],
    ['SAML 2.0', saml],
  ])(
    'signs in through %s, becomes editor, uses a key, is deprovisioned, and is refused at once',
    async (_, connect) => {
      const workspace = await service.workspace();
      const connectionId = await connect(workspace);
      await as(workspace)
        .post(`/v1/sso/connections/${connectionId}/activate`)
        .send({ untested: true })
        .expect(200);
      const domainId = await verifyDomain(workspace, 'acme.test');

      // Only the address is typed: it leads to Acme's own identity provider.
      const { body: way } = await service.http().post('/v1/auth/discover').send({ email: ADA }).expect(200);
      expect(way).toMatchObject({ method: 'sso', connection: { id: connectionId } });

      const tokens = await signInThroughIdp(way.loginUrl as string);
      expect(tokens.workspace).toMatchObject({ id: workspace.id, slug: workspace.slug });
      const ada = () => service.http(tokens.accessToken);
      const { body: me } = await ada().get('/v1/auth/me').expect(200);
      expect(me).toMatchObject({ user: { email: ADA }, member: { role: 'viewer', approver: false } });

      // A viewer manages nobody; an editor neither; an admin does, from the next request on, on every instance.
      await ada().get('/v1/members').expect(403);
      const member = `/v1/members/${me.member.id as string}`;
      await as(workspace).patch(member).send({ role: 'admin' }).expect(200);
      await second.http(tokens.accessToken).get('/v1/members').expect(200);

      const { body: key } = await ada()
        .post('/v1/api-keys')
        .send({ name: 'pipeline', scopes: ['members:read', 'audit:read'] })
        .expect(201);
      await service
        .withKey(key.key as string)
        .get('/v1/members')
        .expect(200);
      await second
        .withKey(key.key as string)
        .get('/v1/api-keys')
        .expect(403);
      expect(
        (
          await service
            .withKey(key.key as string)
            .get('/v1/auth/me')
            .expect(200)
        ).body,
      ).toMatchObject({
        apiKey: { id: key.id },
        workspace: { id: workspace.id },
      });

      await as(workspace).patch(member).send({ role: 'editor' }).expect(200);
      await second.http(tokens.accessToken).get('/v1/members').expect(403);

      // The directory finds her by her name there, and takes her out.
      const directory = await scimClient(workspace);
      const { body: found } = await directory
        .get(`/scim/v2/Users?filter=${encodeURIComponent(`userName eq "${ADA}"`)}`)
        .expect(200);
      expect(found.totalResults).toBe(1);
      await directory
        .patch(`/scim/v2/Users/${found.Resources[0].id as string}`)
        .send({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'Replace', path: 'active', value: 'False' }],
        })
        .expect(({ status }) => expect([200, 204]).toContain(status));

      // Every credential of hers, on either instance, at the very next request.
      for (const instance of [service, second]) {
        await instance.http(tokens.accessToken).get('/v1/auth/me').expect(401);
        await instance
          .withKey(key.key as string)
          .get('/v1/auth/me')
          .expect(401);
        await instance
          .http()
          .post('/v1/auth/refresh')
          .send({ refreshToken: tokens.refreshToken })
          .expect(401);
      }
      const refused = await driveLogin(new Browser(), way.loginUrl as string, ADA, { stopAt: [APP] });
      expect(refused.status).toBeGreaterThanOrEqual(400);

      await logTellsTheStory(workspace, me.member.id as string);
      // A domain speaks for one workspace at a time; the next protocol's wants it.
      await as(workspace).delete(`/v1/domains/${domainId}`).expect(204);
    },
    60_000,
  );

  /** What the admin reads afterwards, through the API. */
  async function logTellsTheStory(workspace: TestWorkspace, memberId: string): Promise<void> {
    const { body } = await as(workspace).get('/v1/audit-events?limit=200').expect(200);
    const events = (body.data as { type: string; risk: string; actor: AuditRow }[]).reverse();
    const types = events.map(({ type }) => type);
    const inOrder = [
      'sso_connection.created',
      'sso_connection.activated',
      'domain.verified',
      'workspace.member_joined',
      'sso.login_succeeded',
      'access.refused',
      'workspace.member_updated',
      'api_key.created',
      'workspace.member_updated',
      'scim_token.created',
      'scim.user_deactivated',
      'sso.login_failed',
    ];
    let from = 0;
    for (const type of inOrder) {
      const at = types.indexOf(type, from);
      expect({ type, after: types.slice(0, from), found: at >= 0 }).toMatchObject({ found: true });
      from = at + 1;
    }
    expect(events.find(({ type }) => type === 'auth.role_escalated')?.risk).toBe('high');
    const { body: hers } = await as(workspace).get(`/v1/audit-events?target=${memberId}`).expect(200);
    expect((hers.data as { type: string }[]).map(({ type }) => type)).toContain('scim.user_deactivated');
  }

  async function signInThroughIdp(loginUrl: string) {
    const codeVerifier = randomBytes(32).toString('base64url');
    const start = new URL(loginUrl);
    start.searchParams.set('redirectUri', APP);
    start.searchParams.set('state', 'where-ada-was');
    start.searchParams.set('codeChallenge', createHash('sha256').update(codeVerifier).digest('base64url'));
    const page = await driveLogin(new Browser(), start.href, ADA, { stopAt: [APP] });
    expect({ status: page.status, text: page.text }).toEqual({ status: 303, text: '' });
    expect(page.url.searchParams.get('state')).toBe('where-ada-was');
    const code = page.url.searchParams.get('code');
    const { body } = await second.http().post('/v1/auth/token').send({ code, codeVerifier }).expect(200);
    await service.http().post('/v1/auth/token').send({ code, codeVerifier }).expect(400);
    return signInAgain(loginUrl, body as Tokens);
  }

  /** Presenting the code twice ended the first session, as it should: she signs in once more. */
  async function signInAgain(loginUrl: string, ended: Tokens): Promise<Tokens> {
    await service.http(ended.accessToken).get('/v1/auth/me').expect(401);
    const start = new URL(loginUrl);
    start.searchParams.set('redirectUri', APP);
    const page = await driveLogin(new Browser(), start.href, ADA, { stopAt: [APP] });
    const code = page.url.searchParams.get('code');
    const { body } = await service.http().post('/v1/auth/token').send({ code }).expect(200);
    return body as Tokens;
  }

  async function verifyDomain(workspace: TestWorkspace, domain: string): Promise<string> {
    const { body } = await as(workspace).post('/v1/domains').send({ domain }).expect(201);
    await as(workspace)
      .post(`/v1/domains/${body.id as string}/verify`)
      .expect(409);
    dns.set(body.dnsRecord.name as string, [body.dnsRecord.value as string]);
    const { body: verified } = await as(workspace)
      .post(`/v1/domains/${body.id as string}/verify`)
      .expect(200);
    expect(verified.status).toBe('verified');
    dns.remove(body.dnsRecord.name as string);
    return body.id as string;
  }

  async function scimClient(workspace: TestWorkspace) {
    const { body } = await as(workspace).post('/v1/scim/tokens').send({ name: 'Entra' }).expect(201);
    return second.http(body.token as string);
  }

  const as = (workspace: TestWorkspace) => service.http(workspace.admin.accessToken);
});

interface Tokens {
  accessToken: string;
  refreshToken: string;
  workspace: { id: string; slug: string };
}
