import { randomUUID } from 'node:crypto';
import { signingKey } from '../../support/certificates';
import { IDP_SHAPES, idpShape, responseXml, signAssertion, signResponse } from '../../support/saml-documents';
import { APPLICATION, codeOf, SamlScene } from '../../support/saml-sign-in';

describe('A SAML sign-in', () => {
  let scene: SamlScene;

  beforeAll(async () => {
    scene = await SamlScene.start();
  });

  afterAll(() => scene?.close());

  it.each(IDP_SHAPES)(
    'is accepted in the shape of %s, with a connection made from its metadata',
    async (name) => {
      const key = signingKey();
      const shape = idpShape(name, key);
      const signed =
        shape.sign.length === 2 ? 'both' : shape.sign[0] === 'Response' ? 'response' : 'assertion';
      const workspace = scene.workspace;
      const metadataXml = shape.metadata.replaceAll(
        /Location="[^"]+"/g,
        'Location="https://idp.acme.test/sso"',
      );
      const settings = { metadataXml, entityId: shape.entityId, signed } as const;
      const connection = await SamlScene.connect(scene.app, workspace, key, settings);

      const pending = await connection.begin();
      const page = await connection.post(pending, shape.response(pending.trust));
      codeOf(page);

      const [event] = (await scene.app.auditEvents(workspace.id, 'sso.login_succeeded')).slice(-1);
      expect(event).toMatchObject({
        actor_email: 'ada@acme.test',
        data: { connectionId: connection.connectionId },
      });
      const identities = await scene.app.sql(
        'select issuer, subject from identities where connection_id = $1',
        [connection.connectionId],
      );
      expect(identities).toEqual([{ issuer: shape.entityId, subject: shape.subject }]);
    },
  );

  it('ends at the application with a code and the state it came with, and tokens for the code', async () => {
    const state = `state ${randomUUID()}&more`;
    const pending = await scene.begin(undefined, { redirectUri: APPLICATION, state });
    const page = await scene.post(pending, signAssertion(responseXml(pending.trust), scene.key));
    expect(page.status).toBe(303);
    expect(page.url.searchParams.get('state')).toBe(state);
    const { body } = await scene.app
      .http()
      .post('/v1/auth/token')
      .send({ code: codeOf(page) })
      .expect(200);
    const { body: me } = await scene.app
      .http(body.accessToken as string)
      .get('/v1/auth/me')
      .expect(200);
    expect(me).toMatchObject({ user: { email: 'ada@acme.test' }, member: { role: 'viewer' } });
  });

  it('makes a member with the names the assertion gives', async () => {
    const email = `grace-${randomUUID().slice(0, 8)}@acme.test`;
    codeOf(await scene.signIn({ nameId: email, attributes: { firstName: ['Grace'], lastName: ['Hopper'] } }));
    const [member] = await scene.app.sql('select display_name, role from members where email = $1', [email]);
    expect(member).toEqual({ display_name: 'Grace Hopper', role: 'viewer' });
  });

  it('reads attributes under the names that the connection maps', async () => {
    const key = signingKey();
    const mapped = await scene.another(key, {}, { email: 'workEmail' });
    const pending = await mapped.begin();
    const email = `mapped-${randomUUID().slice(0, 8)}@acme.test`;
    const response = responseXml(pending.trust, {
      attributes: { workEmail: [email], email: ['other@acme.test'] },
    });
    codeOf(await mapped.post(pending, signAssertion(response, key)));
    expect(await scene.app.sql('select 1 from members where email = $1', [email])).toHaveLength(1);
  });

  it.each([
    ['in an hour', 60],
    ['sooner than its assertion', 2],
  ])('lets nobody stay longer than its session, which ends %s', async (_, minutes) => {
    const sessionNotOnOrAfter = new Date(Date.now() + minutes * 60_000);
    const email = `brief-${minutes}@acme.test`;
    const code = codeOf(await scene.signIn({ nameId: email, sessionNotOnOrAfter }));
    await scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    const sessions = await scene.app.sql(
      'select expires_at from sessions where member_id = (select id from members where email = $1)',
      [email],
    );
    expect(sessions).toEqual([{ expires_at: sessionNotOnOrAfter }]);
  });

  it('knows people by their NameID again, whatever becomes of the address', async () => {
    const key = signingKey();
    const connection = await scene.another(key);
    const member = async (email: string) => {
      const pending = await connection.begin();
      const response = responseXml(pending.trust, {
        nameId: 'employee-4711',
        nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
        attributes: { email: [email] },
      });
      codeOf(await connection.post(pending, signAssertion(response, key)));
      const [event] = (await scene.app.auditEvents(scene.workspace.id, 'sso.login_succeeded')).slice(-1);
      return event?.data.memberId;
    };
    const first = await member(`before-${randomUUID().slice(0, 8)}@acme.test`);
    expect(await member('married@elsewhere.test')).toBe(first);
  });

  it('verifies with either of two certificates, as while keys are rolled over', async () => {
    const [old, next] = [signingKey(), signingKey()];
    const certificates = [old.certificate, next.certificate];
    const connection = await scene.another(old, { certificates });
    for (const key of [old, next]) {
      const pending = await connection.begin();
      codeOf(await connection.post(pending, signAssertion(responseXml(pending.trust), key)));
    }
  });

  it.each(['response', 'both'] as const)(
    'is accepted when the connection wants signed: %s',
    async (signed) => {
      const key = signingKey();
      const connection = await scene.another(key, { signed });
      const pending = await connection.begin();
      const unsigned = responseXml(pending.trust);
      const inner = signed === 'both' ? signAssertion(unsigned, key) : unsigned;
      codeOf(await connection.post(pending, signResponse(inner, key)));
    },
  );

  it('works in two tabs at once', async () => {
    const first = await scene.begin();
    const second = await scene.begin(first.browser);
    for (const pending of [second, first])
      codeOf(await scene.post(pending, signAssertion(responseXml(pending.trust), scene.key)));
  });

  it('ends when the identity provider said that it would, and knows that from when it asked for the person', async () => {
    const sessionNotOnOrAfter = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 1_800_000);
    const authnInstant = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 60_000);
    const page = await scene.signIn({ sessionNotOnOrAfter, authnInstant });
    await scene.app
      .http()
      .post('/v1/auth/token')
      .send({ code: codeOf(page) })
      .expect(200);
    const sessions = await scene.app.sql(
      `select expires_at, authenticated_at from sessions where workspace_id = $1 and method = 'saml'
        order by created_at desc limit 1`,
      [scene.workspace.id],
    );
    expect(sessions).toEqual([{ expires_at: sessionNotOnOrAfter, authenticated_at: authnInstant }]);
  });

  it('records when and how the identity provider authenticated', async () => {
    codeOf(await scene.signIn());
    const [event] = (await scene.app.auditEvents(scene.workspace.id, 'sso.login_succeeded')).slice(-1);
    expect(event?.data).toMatchObject({ method: 'saml', amr: ['pwd'] });
  });
});
