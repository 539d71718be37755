import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { Browser } from '../support/browser';
import { OidcScene } from '../support/oidc-sign-in';
import { mailsTo } from '../support/outbox';
import { certificateUntil, idpMetadata } from '../support/provider-site';
import { signInOnPages } from '../support/page-sign-in';
import { SetupVisitor } from '../support/setup-visitor';

interface IssuedLink {
  id: string;
  url: string;
  expiresAt: string;
}

describe('A setup link', () => {
  let scene: OidcScene;
  let samlId: string;
  beforeAll(async () => {
    scene = await OidcScene.start();
    const created = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme Okta', provider: 'okta', saml: { metadataXml: await metadata() } })
      .expect(201);
    samlId = created.body.id as string;
  });
  afterAll(() => scene?.close());

  const metadata = async (entityId?: string) => idpMetadata(await certificateUntil('2040'), entityId);
  const admin = () => scene.app.http(scene.workspace.admin.accessToken);
  const path = (connectionId: string) => `/v1/sso/connections/${connectionId}/setup-links`;
  const events = (type?: string) => scene.app.auditEvents(scene.workspace.id, type);
  const latest = async (type: string) => (await events(type)).at(-1);

  async function issue(connectionId = samlId, terms: object = {}): Promise<IssuedLink> {
    return (await admin().post(path(connectionId)).send(terms).expect(201)).body as IssuedLink;
  }

  async function visit(connectionId = samlId): Promise<{ visitor: SetupVisitor; link: IssuedLink }> {
    const link = await issue(connectionId);
    const visitor = new SetupVisitor(scene.app);
    await visitor.open(link.url);
    return { visitor, link };
  }

  async function draft(name: string): Promise<string> {
    const saml = { metadataXml: await metadata() };
    const { body } = await admin().post('/v1/sso/connections').send({ type: 'saml', name, saml }).expect(201);
    return body.id as string;
  }
  const activate = (id: string) =>
    admin().post(`/v1/sso/connections/${id}/activate`).send({ untested: true });

  describe('as admins handle it', () => {
    it('is shown once and lives for three days unless told otherwise', async () => {
      const link = await issue();
      expect(link.url).toMatch(new RegExp(`^${scene.app.config.publicUrl}/setup/ghu_`));
      const hours = (Date.parse(link.expiresAt) - Date.now()) / 3_600_000;
      expect(Math.round(hours)).toBe(72);
      const { body } = await admin().get(path(samlId)).expect(200);
      expect(body.data[0]).toMatchObject({ id: link.id, status: 'open', lastOpenedAt: null });
      expect(JSON.stringify(body)).not.toContain('ghu_');
      const event = await latest('setup_link.created');
      expect(event).toMatchObject({ risk: 'medium', target_id: link.id, data: { connectionId: samlId } });
      expect(JSON.stringify(event)).not.toContain(link.url.slice(-40));
    });

    it('is mailed to the contact, if one is named', async () => {
      const { url } = await issue(samlId, { contactEmail: 'It@customer.test', expiresInHours: 5 });
      const [mail] = mailsTo(scene.app, 'it@customer.test');
      expect(mail?.text).toContain(url);
      expect(mail?.text).toContain('Acme Okta');
    });

    it.each([{ expiresInHours: 0 }, { expiresInHours: 721 }, { contactEmail: 'nobody' }, { role: 'admin' }])(
      'is not made with %j',
      async (terms) => {
        const { body } = await admin().post(path(samlId)).send(terms).expect(400);
        expect(body).toMatchObject({ code: 'validation_failed' });
      },
    );

    it('is theirs alone', async () => {
      const editor = await scene.app.member(scene.workspace, 'editor');
      const link = await issue();
      await scene.app.http(editor.accessToken).post(path(samlId)).send({}).expect(403);
      await scene.app
        .http(editor.accessToken)
        .delete(`${path(samlId)}/${link.id}`)
        .expect(403);
      await scene.app.http().get(path(samlId)).expect(401);
    });

    it('cannot be revoked by way of another connection', async () => {
      const link = await issue();
      await admin()
        .delete(`${path(scene.connectionId)}/${link.id}`)
        .expect(404);
      await admin()
        .delete(`${path(samlId)}/${randomUUID()}`)
        .expect(404);
      await admin()
        .delete(`${path(samlId)}/${link.id}`)
        .expect(204);
      expect(await latest('setup_link.revoked')).toMatchObject({ target_id: link.id });
      await admin()
        .delete(`${path(samlId)}/${link.id}`)
        .expect(204);
      const revocations = await events('setup_link.revoked');
      expect(revocations.filter(({ target_id }) => target_id === link.id)).toHaveLength(1);
    });
  });

  describe('in the browser of somebody without an account', () => {
    it('leaves the address bar at once, for a cookie that no page can read', async () => {
      const link = await issue();
      const opened = await scene.app.http().get(new URL(link.url).pathname).expect(303);
      expect(opened.headers.location).toBe('/setup');
      const cookie = String(opened.headers['set-cookie']);
      expect(cookie).toMatch(/^gatehouse_setup=ghw_\w+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=(\d+)/);
      expect(Number(/Max-Age=(\d+)/.exec(cookie)![1])).toBeLessThanOrEqual(8 * 3600);
      const event = await latest('setup_link.opened');
      expect(event).toMatchObject({
        ...{ risk: 'medium', actor_type: 'system', actor_id: link.id, target_id: link.id },
        data: { setupLinkId: link.id, connectionId: samlId },
      });
      expect(event?.ip).toBeTruthy();
      const { body } = await admin().get(path(samlId)).expect(200);
      expect(body.data[0].lastOpenedAt).not.toBeNull();
      const brief = await issue(samlId, { expiresInHours: 5 });
      const { headers } = await scene.app.http().get(new URL(brief.url).pathname).expect(303);
      expect(Number(/Max-Age=(\d+)/.exec(String(headers['set-cookie']))![1])).toBeLessThanOrEqual(5 * 3600);
    });

    it('shows what to enter, in the words of the vendor, and what is known', async () => {
      const { visitor } = await visit();
      const { text, status, headers } = visitor.page;
      expect(status).toBe(200);
      for (const part of [
        `/sso/saml/${samlId}/acs`,
        'Audience URI (SP Entity ID)',
        'https://idp.example/sso',
      ])
        expect(text).toContain(part);
      expect(text).not.toMatch(/activate/i);
      // One script, for buttons that copy: the policy knows it by its hash, and no other.
      const [, script, ...others] = text.split(/<script[^>]*>|<\/script>/);
      expect([script, others.length]).toEqual([expect.stringContaining('clipboard'), 1]);
      const hash = createHash('sha256').update(script!).digest('base64');
      expect(headers.get('content-security-policy')).toContain(`; script-src 'sha256-${hash}'`);
      expect(headers.get('content-security-policy')).not.toMatch(/script-src '[^;]+' |connect-src/);
    });

    it('is who did it in the log of the console, by the name of the connection', async () => {
      const { visitor, link } = await visit();
      await visitor.send('', { metadataXml: await metadata('https://idp.example/named') });
      const browser = new Browser();
      await signInOnPages(scene.app, browser, scene.workspace.admin.email);
      const { text } = await browser.open(`${scene.app.baseUrl}/console/audit?actor=${link.id}`);
      expect(text.replace(/\s+/g, ' ')).toContain('· set-up link of Acme Okta from');
    });

    it('shows all of ours that a provider may ask for, the certificate and the way back included', async () => {
      const { body } = await admin().get(`/v1/sso/connections/${samlId}`).expect(200);
      const saml = (await visit()).visitor.page.text;
      expect(saml).toContain(body.sp.certificate.trim());
      expect(saml).toContain(body.sp.sloUrl);
      expect(saml).toContain('email, firstName, lastName, groups');
      expect(saml).toContain('Attribute Statements');
      const mapping = { attributeMapping: { email: 'mail', groups: 'teams' } };
      await admin().patch(`/v1/sso/connections/${samlId}`).send(mapping).expect(200);
      expect((await visit()).visitor.page.text).toContain('mail, firstName, lastName, teams');
      await admin().patch(`/v1/sso/connections/${samlId}`).send({ attributeMapping: {} }).expect(200);

      const oidc = async () => (await visit(scene.connectionId)).visitor.page.text;
      const { rp } = (await admin().get(`/v1/sso/connections/${scene.connectionId}`).expect(200)).body;
      expect(saml).toContain(body.loginUrl);
      for (const text of [rp.redirectUri, rp.postLogoutRedirectUri, 'email, given_name, family_name, groups'])
        expect(await oidc()).toContain(text);
      expect(await oidc()).not.toContain(rp.jwksUri);
      const keys = `/v1/sso/connections/${scene.connectionId}/keys`;
      const key = await admin().post(keys).expect(201);
      await admin().post(`${keys}/${key.body.id}/activate`).send({}).expect(200);
      await scene.configure({ tokenEndpointAuthMethod: 'private_key_jwt' });
      expect(await oidc()).toContain(rp.jwksUri);
      await scene.configure({
        tokenEndpointAuthMethod: 'client_secret_basic',
        clientSecret: scene.idp.clientSecret,
      });
    });

    it('takes metadata, shows what was read, and leaves a revision of the link', async () => {
      const { visitor, link } = await visit();
      const page = await visitor.send('', { metadataXml: await metadata('https://new.example/entity') });
      expect(page.status).toBe(200);
      expect(page.text).toContain('https://new.example/entity');
      // Loaded again, it sends nothing a second time.
      expect([page.url.pathname, page.url.search]).toEqual(['/setup', '?done=taken']);
      expect(page.text).toContain('Taken over');
      expect(await latest('sso_connection.updated')).toMatchObject({
        ...{ actor_type: 'system', actor_id: link.id, target_id: samlId },
        data: { origin: 'setup_link' },
      });
      expect(await latest('setup_link.used')).toMatchObject({
        data: { setupLinkId: link.id, action: 'settings', outcome: 'done' },
      });
      const { body } = await admin().get(`/v1/sso/connections/${samlId}/revisions`).expect(200);
      expect(body.data[0]).toMatchObject({ origin: 'setup_link', author: { type: 'system', id: link.id } });
    });

    it('takes single values too', async () => {
      const { visitor } = await visit();
      const page = await visitor.send('', {
        ...{ entityId: 'urn:by-hand', ssoUrl: 'https://by-hand.example/sso' },
        certificate: await certificateUntil('2041'),
      });
      expect(page.text).toContain('urn:by-hand');
      expect(page.text).toContain('2041');
    });

    it.each<[string, Record<string, string>]>([
      ['nothing_to_change', {}],
      ['metadata_xml_malformed', { metadataXml: '<no>' }],
      ['metadata_unreachable', { metadataUrl: 'https://10.0.0.1/metadata' }],
      ['validation_failed', { issuer: 'https://idp.example', clientId: 'x' }],
    ])('says what is wrong (%s), and changes nothing', async (code, fields) => {
      const { visitor } = await visit();
      const before = (await events('sso_connection.updated')).length;
      const page = await visitor.send('', fields);
      expect(page.status).toBe(400);
      expect(page.text).toContain('role="alert"');
      expect((await latest('setup_link.used'))?.data).toMatchObject({ outcome: 'refused', code });
      expect(await events('sso_connection.updated')).toHaveLength(before);
    });

    it('says that nothing was filled in, where that is so', async () => {
      const { visitor } = await visit();
      const { status, text } = await visitor.send('', { metadataUrl: '', metadataCertificate: '' });
      expect([status, text.includes('Nothing was filled in')]).toEqual([400, true]);
    });

    it('says it beside the field, in the words of the page, and keeps what was typed', async () => {
      const { visitor } = await visit();
      const typed = { entityId: 'urn:typed', ssoUrl: 'ftp://idp.example/sso', certificate: 'no certificate' };
      const { text } = await visitor.send('', typed);
      expect(text).toMatch(
        /name="ssoUrl"[^>]*aria-describedby="ssoUrl-wrong"[^>]*value="ftp:\/\/idp\.example\/sso"/,
      );
      expect(text).toMatch(/name="entityId"[^>]*value="urn:typed"/);
      expect(text).toMatch(/<details open\s*>\s*<summary>Or enter the single values/);
      expect(text).toContain('id="ssoUrl-wrong"');
      expect(text).not.toMatch(/saml\.|see errors/);
    });

    it('keeps metadata that was pasted, all of it, for another look at what is wrong with it', async () => {
      const { visitor } = await visit();
      const pasted = `<no>${'<!-- as long as metadata gets -->'.repeat(2000)} & the end`;
      const { status, text } = await visitor.send('', { metadataXml: pasted });
      expect([status, text.includes('& the end')]).toEqual([400, false]);
      expect(text).toMatch(/<details open\s*>\s*<summary>Or paste the metadata/);
      const [, shown = ''] = /name="metadataXml"[^>]*>\n([^]*?)<\/textarea>/.exec(text)!;
      const plain = shown.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
      expect(plain).toBe(pasted);
    });

    it('keeps no secret that was typed', async () => {
      const { visitor } = await visit(scene.connectionId);
      const typed = { issuer: 'ftp://idp.example', clientId: 'x', clientSecret: 'hunter2' };
      const { status, text } = await visitor.send('', typed);
      expect([status, text.includes('ftp://idp.example'), text.includes('hunter2')]).toEqual([
        400,
        true,
        false,
      ]);
    });

    it('starts a test, whose checks it shows, and lists its own tests only', async () => {
      const { visitor, link } = await visit(scene.connectionId);
      await admin().post(`/v1/sso/connections/${scene.connectionId}/test`).expect(201);
      scene.idp.behave();
      const result = await visitor.send('/test');
      expect(result.text).toContain('The test passed');
      const overview = await visitor.look();
      const listed = [...overview.text.matchAll(/\/setup\/attempts\/([\w-]+)/g)].map(([, id]) => id);
      expect(listed).toHaveLength(1);
      expect((await visitor.look(`/attempts/${listed[0]}`)).text).toContain('Checks');
      expect((await latest('setup_link.used'))?.data).toMatchObject({ action: 'test', attemptId: listed[0] });
      expect(await latest('sso_connection.test_started')).toMatchObject({ actor_id: link.id });
      const { body } = await admin()
        .get(`/v1/sso/connections/${scene.connectionId}/login-attempts?kind=test`)
        .expect(200);
      const other = (body.data as { id: string }[]).find(({ id }) => id !== listed[0])!;
      expect((await visitor.look(`/attempts/${other.id}`)).status).toBe(404);
    });

    it('does not hear of a form of another site, or of one made for another browser', async () => {
      const [{ visitor }, { visitor: other }] = [await visit(), await visit()];
      const fields = { metadataXml: await metadata('https://evil.example/entity') };
      const before = (await events('sso_connection.updated')).length;
      const { formToken } = other;
      expect((await visitor.send('', fields, { formToken })).status).toBe(403);
      const beyondAscii = 'é'.repeat(visitor.formToken.length);
      expect((await visitor.send('', fields, { formToken: beyondAscii })).status).toBe(403);
      expect((await visitor.send('', fields, { from: 'http://localhost:1/' })).status).toBe(403);
      expect((await visitor.send('', fields, { from: 'https://evil.example/' })).status).toBe(404);
      expect(await events('sso_connection.updated')).toHaveLength(before);
    });

    it('opens nothing else of the workspace', async () => {
      const { visitor } = await visit();
      for (const elsewhere of ['/console', '/v1/members', `/v1/sso/connections/${samlId}`]) {
        const page = await visitor.browser.open(scene.app.baseUrl + elsewhere, {
          headers: { accept: 'application/json' },
        });
        expect([elsewhere, page.status === 401 || page.url.pathname === '/login']).toEqual([elsewhere, true]);
      }
    });
  });

  describe('opens nothing, and looks like no link at all', () => {
    /** The page of a link that never was. */
    async function unknown(): Promise<string> {
      const { url } = await issue();
      const page = await new SetupVisitor(scene.app).open(url.slice(0, -12) + 'AAAAAAAAAAAA');
      expect(page.status).toBe(404);
      return page.text;
    }

    async function expectDead(visitor: SetupVisitor, url: string): Promise<void> {
      const nobody = await unknown();
      for (const page of [
        await new SetupVisitor(scene.app).open(url),
        await visitor.look(),
        await visitor.send('/test'),
        await visitor.send('', { metadataUrl: 'https://idp.example' }),
      ])
        expect([page.status, page.text]).toEqual([404, nobody]);
    }

    it('once it is revoked', async () => {
      const { visitor, link } = await visit();
      await admin()
        .delete(`${path(samlId)}/${link.id}`)
        .expect(204);
      await expectDead(visitor, link.url);
    });

    it('once its time is over', async () => {
      const { visitor, link } = await visit();
      await scene.app.sql(`update setup_links set expires_at = now() where id = $1`, [link.id]);
      await expectDead(visitor, link.url);
    });

    it('for a browser that opened it too long ago, until it is opened again', async () => {
      const { visitor, link } = await visit();
      await scene.app.sql(`update setup_visits set expires_at = now() where link_id = $1`, [link.id]);
      expect((await visitor.look()).status).toBe(404);
      expect((await visitor.open(link.url)).status).toBe(200);
    });

    it('once its connection is activated, unlike one that is made afterwards', async () => {
      const id = await draft('Activated');
      const { visitor, link } = await visit(id);
      await activate(id).expect(200);
      await expectDead(visitor, link.url);
      expect(await latest('setup_link.revoked')).toMatchObject({
        target_id: link.id,
        data: { connectionId: id, reason: 'connection_activated' },
      });
      const { visitor: next } = await visit(id);
      const page = await next.send('', { metadataXml: await metadata('https://renewed.example/entity') });
      expect(page.status).toBe(200);
      expect(page.text).toContain('https://renewed.example/entity');
    });

    it('once its connection is activated, also for a change that was on its way', async () => {
      const outcomes: { activated: number; changed: number; entityId: string }[] = [];
      // A machine that has much to do may let the activation wait for longer than it does.
      while (outcomes.length < 5 && outcomes.at(-1)?.activated !== 200) outcomes.push(await overtaken());
      expect(outcomes.at(-1)).toEqual({ activated: 200, changed: 404, entityId: expect.any(String) });
      expect(outcomes.at(-1)!.entityId).not.toBe('https://late.example/entity');
    });

    /** Activates while a change by a link waits behind the activation. */
    async function overtaken(): Promise<{ activated: number; changed: number; entityId: string }> {
      const id = await draft('Activated meanwhile');
      const { visitor } = await visit(id);
      const client = new Client({ connectionString: scene.app.databaseUrl });
      await client.connect();
      const waiting = async (count: number): Promise<void> => {
        const asked = `select count(*)::int as n from pg_stat_activity
                        where wait_event_type = 'Lock' and datname = current_database() and query ~ 'sso_connections'`;
        const found = async () => (await scene.app.sql<{ n: number }>(asked))[0]!.n;
        for (let times = 0; times < 100 && (await found()) < count; times += 1) await setTimeout(20);
      };
      await client.query('begin');
      await client.query('select from sso_connections where id = $1 for update', [id]);
      const activating = activate(id).then(({ status }) => status);
      await waiting(1);
      const changing = visitor.send('', { metadataXml: await metadata('https://late.example/entity') });
      await waiting(2);
      await client.query('commit');
      await client.end();
      const [activated, { status: changed }] = await Promise.all([activating, changing]);
      const { body } = await admin().get(`/v1/sso/connections/${id}`).expect(200);
      return { activated, changed, entityId: body.saml.entityId as string };
    }

    it('once its connection is deleted', async () => {
      const id = await draft('Gone');
      const { visitor, link } = await visit(id);
      await admin().delete(`/v1/sso/connections/${id}`).expect(204);
      await expectDead(visitor, link.url);
    });

    it('once the admin who made it is removed, or no admin any more', async () => {
      for (const leave of ['removed', 'demoted']) {
        const other = await scene.app.member(scene.workspace, 'admin');
        const made = await scene.app.http(other.accessToken).post(path(samlId)).send({}).expect(201);
        const { url } = made.body as IssuedLink;
        const visitor = new SetupVisitor(scene.app);
        await visitor.open(url);
        if (leave === 'removed') await admin().delete(`/v1/members/${other.memberId}`).expect(204);
        else await admin().patch(`/v1/members/${other.memberId}`).send({ role: 'editor' }).expect(200);
        await expectDead(visitor, url);
      }
    });

    it('when it is something else altogether', async () => {
      const nobody = await unknown();
      for (const text of ['x', 'test', '%00', scene.workspace.admin.refreshToken]) {
        const page = await new SetupVisitor(scene.app).open(`${scene.app.baseUrl}/setup/${text}`);
        expect([page.status, page.text]).toEqual([404, nobody]);
      }
    });
  });
});
