import { generateKeyPairSync, sign } from 'node:crypto';
import { issueCredential } from '../../src/crypto/credential';
import { LeakedCredentials } from '../../src/leaks/leaked-credentials';
import { AdminMail } from '../../src/mail/admin-mail';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';
import { certificateUntil, idpMetadata } from '../support/provider-site';
import { rounds } from '../support/rounds';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A credential of one kind, and a look at whether it still works. */
interface Issued {
  readonly text: string;
  readonly id: string;
  readonly works: () => Promise<boolean>;
  /** Another of the same kind, which nobody reported. */
  readonly other?: () => Promise<boolean>;
}

describe('A credential that was found in public', () => {
  let service: TestApp;
  let acme: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp({
      SECRET_SCANNING_PUBLIC_KEYS: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    });
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    acme = await service.workspace();
    admin = service.http(acme.admin.accessToken);
  });

  const report = async (...texts: string[]) => {
    const body = JSON.stringify(
      texts.map((token) => ({ token, type: 'gatehouse', url: 'https://git.test/x' })),
    );
    const answer = await service
      .http()
      .post('/v1/api-keys/leaks')
      .set('content-type', 'application/json')
      .set('github-public-key-identifier', 'k1')
      .set('github-public-key-signature', sign('sha256', Buffer.from(body), privateKey).toString('base64'))
      .send(body)
      .expect(200);
    return (answer.body as { label: string }[]).map(({ label }) => label);
  };
  const show = (key: string) =>
    service.http().post('/v1/api-keys/revoke-leaked').send({ key }).expect(202, { status: 'accepted' });

  async function scimToken(): Promise<Issued> {
    const make = async () =>
      (await admin.post('/v1/scim/tokens').send({ name: 'Okta' }).expect(201)).body as {
        id: string;
        token: string;
      };
    const works = (token: string) => async () =>
      (await service.http(token).get('/scim/v2/Users')).status === 200;
    const [one, two] = [await make(), await make()];
    return { text: one.token, id: one.id, works: works(one.token), other: works(two.token) };
  }

  async function scimClient(): Promise<Issued> {
    const made = await admin.post('/v1/scim/clients').send({ name: 'Entra' }).expect(201);
    const { clientId, clientSecret, id = clientId } = made.body as Record<string, string>;
    const works = async () => {
      const answer = await service
        .http()
        .post('/oauth/token')
        .type('form')
        .send({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
      return answer.status === 200;
    };
    return { text: clientSecret!, id: id!, works };
  }

  async function connection(): Promise<string> {
    const saml = { metadataXml: idpMetadata(await certificateUntil('2040')) };
    const made = await admin
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Okta', saml })
      .expect(201);
    return made.body.id as string;
  }

  async function setupLink(): Promise<Issued> {
    const of = await connection();
    const make = async () =>
      (await admin.post(`/v1/sso/connections/${of}/setup-links`).send({}).expect(201)).body as Record<
        string,
        string
      >;
    const works = (url: string) => async () =>
      (await service.http().get(new URL(url).pathname)).status === 303;
    const [one, two] = [await make(), await make()];
    return {
      ...{ text: one.url!.slice(one.url!.lastIndexOf('/') + 1), id: one.id! },
      ...{ works: works(one.url!), other: works(two.url!) },
    };
  }

  async function pushSecret(): Promise<Issued> {
    const id = await connection();
    const ssf = { issuer: 'https://idp.example', audience: 'urn:us', jwksUri: 'https://idp.example/keys' };
    const set = await admin
      .put(`/v1/sso/connections/${id}/signals`)
      .send({ ssf: { ...ssf, authorization: 'new' } })
      .expect(200);
    await admin.post(`/v1/sso/connections/${id}/activate`).send({ untested: true }).expect(200);
    const authorization = set.body.pushAuthorization as string;
    // With the right secret it gets as far as the event, which is none.
    const works = async () => {
      const answer = await service
        .http()
        .post(`/sso/saml/${id}/events`)
        .set('authorization', authorization)
        .type('application/secevent+jwt')
        .send('x');
      return !['authentication_failed', 'access_denied'].includes((answer.body as { err: string }).err);
    };
    return { text: authorization.replace('Bearer ', ''), id, works };
  }

  async function invitation(): Promise<Issued> {
    const email = `new-${Date.now()}@acme.test`;
    const made = await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    await service.app.get(AdminMail).settled();
    const [mail] = mailsTo(service, email);
    const text = /ghi_\w+/.exec(mail!.text)![0];
    const works = async () => {
      const { body } = await admin.get('/v1/invitations').expect(200);
      const found = (body.data as { id: string; status: string }[]).find(({ id }) => id === made.body.id);
      return found?.status === 'pending';
    };
    return { text, id: made.body.id as string, works };
  }

  const KINDS: [string, () => Promise<Issued>, { leaked: string; ended: string; again: string }][] = [
    [
      'SCIM token',
      scimToken,
      { leaked: 'scim_token.leaked', ended: 'scim_token.revoked', again: 'true_positive' },
    ],
    [
      'secret of a SCIM client',
      scimClient,
      { leaked: 'scim_client.leaked', ended: 'scim_client.revoked', again: 'true_positive' },
    ],
    [
      'setup link',
      setupLink,
      { leaked: 'setup_link.leaked', ended: 'setup_link.revoked', again: 'true_positive' },
    ],
    [
      'secret that events are pushed with',
      pushSecret,
      {
        leaked: 'sso_connection.push_secret_leaked',
        ended: 'sso_connection.signals_updated',
        again: 'false_positive',
      },
    ],
    [
      'invitation',
      invitation,
      {
        leaked: 'workspace.invitation_leaked',
        ended: 'workspace.invitation_revoked',
        again: 'true_positive',
      },
    ],
  ];

  it.each(KINDS)('is ended, alone and once, when it is a %s', async (_, issue, { leaked, ended, again }) => {
    const { text, id, works, other } = await issue();
    const prefix = text.slice(0, 3) as 'ghs';
    const lookalike = issueCredential(prefix, acme.id, id).text;
    expect(await report(lookalike)).toEqual(['false_positive']);
    expect(await works()).toBe(true);
    const before = (await service.auditEvents(acme.id, ended)).length;

    expect(await report(text)).toEqual(['true_positive']);
    expect(await works()).toBe(false);
    if (other) expect(await other()).toBe(true);
    expect(await service.auditEvents(acme.id, leaked)).toMatchObject([
      { risk: 'critical', target_id: id, data: { foundBy: 'partner', url: 'https://git.test/x' } },
    ]);
    const ends = await service.auditEvents(acme.id, ended);
    expect(ends.slice(before)).toMatchObject([{ target_id: id, data: { reason: 'leaked' } }]);
    await service.app.get(AdminMail).settled();
    const mails = mailsTo(service, acme.admin.email).filter(({ subject }) => subject.includes('was leaked'));
    expect(mails).toMatchObject([{ text: expect.stringContaining('https://git.test/x') }]);
    expect(JSON.stringify([mails, ends, await service.auditEvents(acme.id, leaked)])).not.toContain(
      text.slice(-30),
    );

    expect(await report(text)).toEqual([again]);
    expect(await service.auditEvents(acme.id, leaked)).toHaveLength(1);
  });

  it.each([
    ['was accepted', 'accepted_at'],
    ['ran out', 'expires_at'],
  ])('is over when it is an invitation that %s: nobody is woken up', async (_, column) => {
    const { text, id } = await invitation();
    await service.sql(`update invitations set ${column} = now() where id = $1`, [id]);
    expect(await report(text)).toEqual(['true_positive']);
    expect(await service.auditEvents(acme.id, 'workspace.invitation_leaked')).toEqual([]);
  });

  it('is ended by whoever shows it, who acts as its holder', async () => {
    const { text, id, works } = await scimToken();
    await show(text);
    expect(await works()).toBe(false);
    expect(await service.auditEvents(acme.id, 'scim_token.leaked')).toMatchObject([
      { actor_type: 'scim', actor_id: id, data: { name: 'Okta', foundBy: 'holder' } },
    ]);
  });

  it('ends the session of a refresh token, which was exchanged or not', async () => {
    for (const exchanged of [false, true]) {
      const person = await service.member(acme, 'viewer');
      const session = await service.signIn(person.email, acme.slug);
      if (exchanged)
        await service
          .http()
          .post('/v1/auth/refresh')
          .send({ refreshToken: session.refreshToken })
          .expect(200);
      expect(await report(session.refreshToken)).toEqual(['true_positive']);
      await service.http(session.accessToken).get('/v1/auth/me').expect(401);
      await service.app.get(AdminMail).settled();
      expect(
        mailsTo(service, person.email).filter(({ subject }) => subject.includes('was leaked')),
      ).toHaveLength(1);
    }
    const events = await service.auditEvents(acme.id, 'auth.session_leaked');
    expect(events).toMatchObject([{ risk: 'critical' }, { risk: 'critical' }]);
  });

  it('is ended once by many reports at the same time', async () => {
    const { text } = await scimToken();
    await Promise.all(Array.from({ length: rounds({ always: 8, nightly: 40 }) }, () => report(text)));
    expect(await service.auditEvents(acme.id, 'scim_token.leaked')).toHaveLength(1);
  });

  it('is told by its form, whatever it is', async () => {
    const check = async (prefix: 'gh' | 'ghs' | 'ghu' | 'ghc') =>
      (
        await service
          .http()
          .post('/v1/api-keys/check')
          .send({ key: issueCredential(prefix, acme.id, acme.id).text })
          .expect(200)
      ).body;
    expect(await check('gh')).toEqual({ recognised: true, kind: 'API key' });
    expect(await check('ghs')).toEqual({ recognised: false, kind: 'SCIM token' });
    expect(await check('ghu')).toEqual({ recognised: false, kind: 'setup link' });
    expect(await check('ghc')).toEqual({ recognised: false, kind: null });
  });

  it('can be ended whatever it opens, unless it is over by itself within hours', () => {
    const lasting = ['gh', 'ghs', 'ghk', 'ghr', 'ghi', 'ghe', 'ghu'];
    expect(service.app.get(LeakedCredentials, { strict: false }).prefixes.sort()).toEqual(lasting.sort());
  });
});
