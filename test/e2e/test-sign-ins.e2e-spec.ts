import { randomUUID } from 'node:crypto';
import { signInIdOf } from '../../src/auth/saml/protocol/request-id';
import { Browser } from '../support/browser';
import { guessedFrom } from '../support/guessed-credential';
import { SamlScene } from '../support/saml-sign-in';
import { responseXml, type ResponseTerms, signAssertion, toBase64 } from '../support/saml-documents';
import { decidingCheck, TestBench } from '../support/test-sign-in';

const HTML = { accept: 'text/html,application/xhtml+xml' };

describe('A test sign-in', () => {
  let idp: SamlScene;

  beforeAll(async () => {
    idp = await SamlScene.start();
  });
  afterAll(() => idp?.close());

  /** A connection that is active, and its bench. */
  async function scene(active = true): Promise<{ saml: SamlScene; bench: TestBench }> {
    const saml = await idp.another(idp.key);
    const bench = new TestBench(idp.app, idp.workspace, saml.connectionId);
    if (!active) {
      await idp.app.sql(`update sso_connections set status = 'draft' where id = $1`, [saml.connectionId]);
    }
    return { saml, bench };
  }

  /** A whole test whose response differs like this. */
  async function run(
    saml: SamlScene,
    bench: TestBench,
    changes: Partial<ResponseTerms> = {},
    headers = HTML,
  ) {
    const { attemptId, url } = await bench.start();
    const pending = await saml.beginTest(url);
    const page = await saml.post(
      pending,
      signAssertion(responseXml(pending.trust, changes), saml.key),
      headers,
    );
    return { attemptId, url, page, pending };
  }

  const traces = async () =>
    (
      await idp.app.sql<Record<string, string>>(
        `select (select count(*) from members) as members, (select count(*) from users) as users,
                (select count(*) from identities) as identities, (select count(*) from sessions) as sessions,
                (select count(*) from sign_in_codes) as codes`,
      )
    )[0];

  it('that passes shows who would be signed in, lets nobody in and makes the draft a tested connection', async () => {
    const { saml, bench } = await scene(false);
    const before = await traces();
    const attributes = { email: ['grace@acme.test'], 'http://acme.test/team': ['<b>Navy</b>'] };
    const { page, attemptId } = await run(saml, bench, { nameId: 'grace', nameIdFormat: null, attributes });

    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch('text/html');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(page.text).toContain('The test passed');
    expect(page.text).toContain('grace@acme.test');
    expect(page.text).toContain('would become a new member');
    expect(page.text).toContain('viewer');
    expect(page.text).not.toContain('<b>Navy');
    expect(page.text).not.toContain('<script');

    expect(await traces()).toEqual(before);
    expect(await bench.connection()).toMatchObject({ status: 'tested', tested: true });
    expect(await bench.attempt(attemptId)).toMatchObject({
      kind: 'test',
      status: 'passed',
      code: null,
      revision: 1,
      subject: 'grace',
      email: 'grace@acme.test',
      role: 'viewer',
      roleReason: expect.any(String),
      memberId: null,
      finishedAt: expect.any(String),
    });
    const events = await idp.app.auditEvents(idp.workspace.id);
    expect(events.slice(-2)).toMatchObject([
      {
        type: 'sso_connection.test_started',
        actor_id: idp.workspace.admin.userId,
        data: { attemptId, revision: 1 },
      },
      {
        type: 'sso_connection.test_passed',
        actor_id: idp.workspace.admin.userId,
        data: { attemptId, revision: 1 },
      },
    ]);
    await bench.act('activate').expect(200);
  });

  it('passes where the workspace would go on to ask for a second factor of ours', async () => {
    const { saml, bench } = await scene(false);
    const demand = (required: string) =>
      idp.app.sql('update workspace_policies set mfa_required = $2 where workspace_id = $1', [
        idp.workspace.id,
        required,
      ]);
    await demand('all');
    try {
      const attributes = { email: ['grace@acme.test'] };
      const { page, attemptId } = await run(saml, bench, { nameId: 'grace', nameIdFormat: null, attributes });
      expect([page.status, page.text]).toEqual([200, expect.stringContaining('The test passed')]);
      expect(await bench.attempt(attemptId)).toMatchObject({ status: 'passed', role: 'viewer' });
    } finally {
      await demand('off');
    }
  });

  it('says which field is taken from which attribute, also by the usual names and as the connection maps them', async () => {
    const { saml, bench } = await scene(false);
    const attributes = {
      ...{ email: ['grace@acme.test'], mail: ['other@acme.test'], FirstName: ['Grace'], shoe_size: ['38'] },
      ...{ 'urn:oid:2.5.4.4': ['Hopper'], memberOf: ['navy'], team: ['bridge'] },
    };
    const taken = async () => {
      const { page, attemptId } = await run(saml, bench, { nameId: 'grace', nameIdFormat: null, attributes });
      const shown = (await bench.attempt(attemptId)).attributes;
      const mapped = shown.filter(({ mappedTo }) => mappedTo.length > 0);
      return {
        text: page.text,
        from: Object.fromEntries(mapped.map(({ name, mappedTo }) => [name, mappedTo])),
      };
    };
    const usual = await taken();
    expect(usual.from).toEqual({
      ...{
        email: ['email'],
        FirstName: ['givenName'],
        'urn:oid:2.5.4.4': ['familyName'],
        memberOf: ['groups'],
      },
    });
    expect(usual.text).toContain('mapped to groups');
    await bench.patch({ attributeMapping: { groups: 'team', displayName: 'email' } });
    expect((await taken()).from).toEqual({
      ...{ email: ['email', 'displayName'], FirstName: ['givenName'], 'urn:oid:2.5.4.4': ['familyName'] },
      team: ['groups'],
    });
  });

  it('says which member it would sign in, and which role they have', async () => {
    const { saml, bench } = await scene();
    const editor = await idp.app.member(idp.workspace, 'editor', {
      email: `${randomUUID().slice(0, 8)}@acme.test`,
    });
    const { attemptId, page } = await run(saml, bench, { nameId: editor.email });
    expect(await bench.attempt(attemptId)).toMatchObject({
      status: 'passed',
      role: 'editor',
      memberId: editor.memberId,
    });
    expect(page.text).toContain('is a member already');
    expect(
      await idp.app.sql('select 1 from identities where connection_id = $1', [saml.connectionId]),
    ).toEqual([]);
  });

  it('that fails shows what was received and expected, who puts it right and where', async () => {
    const { saml, bench } = await scene(false);
    const { attemptId, page } = await run(saml, bench, { audience: 'https://elsewhere.test' });
    expect(page.status).toBe(403);
    expect(page.text).toContain('The test failed');
    expect(page.text).toContain('saml_audience_mismatch');
    expect(page.text).toContain('https://elsewhere.test');
    expect(page.text).toContain(`Enter ${saml.url('metadata')} as entity ID`);
    expect(page.text).toContain('the administrator of the identity provider');

    const attempt = await bench.attempt(attemptId);
    expect(attempt).toMatchObject({ status: 'failed', code: 'saml_audience_mismatch', role: null });
    expect(decidingCheck(attempt)).toEqual({
      id: 'audience',
      code: 'saml_audience_mismatch',
      title: 'The assertion is meant for another service',
      ok: false,
      received: 'https://elsewhere.test',
      expected: saml.url('metadata'),
      owner: 'idp_admin',
      hint: `Enter ${saml.url('metadata')} as entity ID (audience).`,
      where: expect.any(String),
    });
    expect(await bench.connection()).toMatchObject({ status: 'draft', tested: false });
    const [event] = (await idp.app.auditEvents(idp.workspace.id)).slice(-1);
    expect(event).toMatchObject({
      type: 'sso_connection.test_failed',
      data: { attemptId, code: 'saml_audience_mismatch', reason: expect.any(String) },
    });
  });

  it('that fails answers programs with the problem', async () => {
    const { saml, bench } = await scene();
    const { page } = await run(
      saml,
      bench,
      { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' },
      {
        accept: 'application/json',
      },
    );
    expect(JSON.parse(page.text)).toMatchObject({ status: 403, code: 'saml_status_not_success' });
  });

  it('meets the rules about people that a real one meets', async () => {
    const { saml, bench } = await scene();
    const { attemptId, page } = await run(saml, bench, { nameId: 'ada@elsewhere.test' });
    expect(page.status).toBe(403);
    const attempt = await bench.attempt(attemptId);
    expect(attempt).toMatchObject({ status: 'failed', code: 'email_domain_not_verified' });
    expect(decidingCheck(attempt)).toMatchObject({
      owner: 'workspace_admin',
      hint: expect.stringContaining('Verify'),
      received: 'ada@elsewhere.test',
    });
    expect(page.text).toMatch(/<dt>Received<\/dt>\s*<dd><code>ada@elsewhere\.test<\/code><\/dd>/);
  });

  it('counts for an active connection too: its latest settings are tested then', async () => {
    const { saml, bench } = await scene();
    expect(await bench.connection()).toMatchObject({ status: 'active', tested: false });
    await run(saml, bench);
    expect(await bench.connection()).toMatchObject({ status: 'active', tested: true });
  });

  it('of a disabled connection opens it for no sign-in that was begun before', async () => {
    const { saml, bench } = await scene();
    const { browser, trust } = await saml.begin();
    await bench.act('disable').expect(200);
    const test = await saml.beginTest((await bench.start()).url, browser);
    const before = await traces();
    const SAMLResponse = toBase64(signAssertion(responseXml(trust, { nameId: 'late@acme.test' }), saml.key));
    const form = { SAMLResponse, RelayState: signInIdOf(test.trust.requestId) };
    const page = await saml.postForm(browser, form);
    expect([page.status, JSON.parse(page.text).code]).toEqual([400, 'request_unknown']);
    expect(await traces()).toEqual(before);
  });

  it('works while the connection is disabled, and lets it be activated', async () => {
    const { saml, bench } = await scene();
    await bench.act('disable').expect(200);
    expect((await bench.act('activate').expect(409)).body.code).toBe('test_required');
    expect((await run(saml, bench)).page.status).toBe(200);
    await bench.act('activate').expect(200);
  });

  it('proves nothing of settings that came while it was under way', async () => {
    const { saml, bench } = await scene(false);
    const { attemptId, url } = await bench.start();
    const pending = await saml.beginTest(url);
    await bench.patch({ attributeMapping: { email: 'mail' } });
    const xml = signAssertion(
      responseXml(pending.trust, { attributes: { mail: ['ada@acme.test'] } }),
      saml.key,
    );
    const page = await saml.post(pending, xml);
    expect([page.status, JSON.parse(page.text).code]).toEqual([409, 'test_outdated']);
    expect(await bench.attempt(attemptId)).toMatchObject({
      status: 'failed',
      code: 'test_outdated',
      revision: 1,
    });
    expect(await bench.connection()).toMatchObject({ status: 'draft', tested: false, revision: 2 });
  });

  it('is opened by its link once', async () => {
    const { saml, bench } = await scene(false);
    const { url } = await bench.start();
    await saml.beginTest(url);
    const again = await new Browser().open(url, { headers: { accept: 'application/json' } });
    expect([again.status, JSON.parse(again.text).code]).toEqual([400, 'test_link_used']);
  });

  it('is opened by one of many who try at once', async () => {
    const { saml, bench } = await scene(false);
    const { url } = await bench.start();
    const stopAt = ['https://idp.acme.test/'];
    const pages = await Promise.all(Array.from({ length: 6 }, () => new Browser().open(url, { stopAt })));
    expect(pages.map(({ status }) => status).sort()).toEqual([303, 400, 400, 400, 400, 400]);
    expect(saml.connectionId).toBe(bench.connectionId);
  });

  it('is over after ten minutes', async () => {
    const { saml, bench } = await scene(false);
    const { attemptId, url } = await bench.start();
    const late = await bench.start();
    const pending = await saml.beginTest(late.url);
    await idp.app.sql(
      `update login_attempts set expires_at = now() - interval '1 second' where connection_id = $1`,
      [saml.connectionId],
    );
    expect((await bench.attempt(attemptId)).status).toBe('expired');
    expect(await bench.attempts('?status=expired')).toHaveLength(2);
    expect(await bench.attempts('?status=started')).toEqual([]);
    const page = await new Browser().open(url, { headers: { accept: 'application/json' } });
    expect(JSON.parse(page.text).code).toBe('test_link_used');

    const answer = await saml.post(pending, signAssertion(responseXml(pending.trust), saml.key));
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'test_link_used']);
    expect(await bench.connection()).toMatchObject({ status: 'draft', tested: false });
  });

  it('ends with its first answer: no second one makes it better', async () => {
    const { saml, bench } = await scene(false);
    const { attemptId, pending } = await run(saml, bench, { audience: null });
    const page = await saml.post(pending, signAssertion(responseXml(pending.trust), saml.key));
    expect(JSON.parse(page.text).code).toBe('request_replayed');
    expect(await bench.attempt(attemptId)).toMatchObject({
      status: 'failed',
      code: 'saml_audience_mismatch',
    });
    expect(await bench.connection()).toMatchObject({ status: 'draft', tested: false });
  });

  it('is not answered from another browser', async () => {
    const { saml, bench } = await scene(false);
    const { url } = await bench.start();
    const pending = await saml.beginTest(url);
    const xml = signAssertion(responseXml(pending.trust), saml.key);
    const elsewhere = await saml.post({ ...pending, browser: new Browser() }, xml);
    expect([elsewhere.status, JSON.parse(elsewhere.text).code]).toEqual([404, 'not_found']);
    expect((await saml.post(pending, xml, HTML)).status).toBe(200);
  });

  it.each<[string, (bench: TestBench) => string | Promise<string>]>([
    ['no ticket', () => ''],
    ['a ticket that is none', () => '?test=ght_nonsense'],
    [
      'the ticket of another connection',
      async () => new URL((await (await scene()).bench.start()).url).search,
    ],
    [
      'the ticket of its own test with another secret',
      async (bench) => {
        const { searchParams } = new URL((await bench.start()).url);
        return `?test=${guessedFrom(searchParams.get('test')!)}`;
      },
    ],
  ])('is not started by %s: a draft looks like nothing', async (_, query) => {
    const { saml, bench } = await scene(false);
    const headers = { accept: 'application/json' };
    const page = await new Browser().open(saml.url('login') + (await query(bench)), { headers });
    expect([page.status, JSON.parse(page.text).code]).toEqual([404, 'not_found']);
  });

  it('does not end by a bad answer out of another browser', async () => {
    const { saml, bench } = await scene();
    const { attemptId, url } = await bench.start();
    const pending = await saml.beginTest(url);
    const answer = (changes: Partial<ResponseTerms> = {}) =>
      signAssertion(responseXml(pending.trust, changes), saml.key);
    await saml.post({ ...pending, browser: new Browser() }, answer({ audience: 'urn:else' }));
    await saml.post(pending, answer());
    expect(await bench.attempt(attemptId)).toMatchObject({ status: 'passed' });
  });

  it('is the only sign-in that a draft answers', async () => {
    const { saml, bench } = await scene();
    const pending = await saml.begin();
    await idp.app.sql(`update sso_connections set status = 'draft' where id = $1`, [saml.connectionId]);
    const page = await saml.post(pending, signAssertion(responseXml(pending.trust), saml.key));
    expect([page.status, JSON.parse(page.text).code]).toEqual([404, 'not_found']);
    expect(await bench.attempts()).toEqual([]);
  });

  it('is for admins to start, and a foreign connection looks like none', async () => {
    const { bench } = await scene();
    const path = `/v1/sso/connections/${bench.connectionId}/test`;
    for (const role of ['editor', 'viewer'] as const) {
      await idp.app
        .http((await idp.app.member(idp.workspace, role)).accessToken)
        .post(path)
        .expect(403);
    }
    await idp.app.http().post(path).expect(401);
    const stranger = await idp.app.workspace();
    await idp.app.http(stranger.admin.accessToken).post(path).expect(404);
  });

  it('leaves its ticket nowhere', async () => {
    const { bench } = await scene();
    const ticket = new URL((await bench.start()).url).searchParams.get('test')!;
    const rows = await idp.app.sql('select * from login_attempts');
    const events = await idp.app.auditEvents(idp.workspace.id);
    expect(JSON.stringify([rows, events, await bench.attempts()])).not.toContain(ticket.slice(0, 60));
  });
});
