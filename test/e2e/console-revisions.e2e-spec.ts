import { SETTING_LABELS } from '../../src/console/connections/setting-labels';
import { uuidV7 } from '../../src/crypto/uuid-v7';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';
import { certificateUntil, idpMetadata } from '../support/provider-site';

const ENDPOINTS = {
  authorizationEndpoint: 'https://op.example/authorize',
  tokenEndpoint: 'https://op.example/token',
  jwksUri: 'https://op.example/jwks',
};

describe('The revisions of a connection in the console', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;
  let id: string;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    const made = await admin().post('/v1/sso/connections').send({ type: 'saml', name: 'Acme Okta' });
    id = made.body.id as string;
    const metadata = async (year: string, entityId?: string) =>
      idpMetadata(await certificateUntil(year), entityId);
    await change({ saml: { metadataXml: await metadata('2040') } });
    await change({ saml: { metadataXml: await metadata('2041', 'https://other.example/entity') } });
    await change({ attributeMapping: { groups: 'urn:acme:teams', groupsSeparator: ';' } });
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
  });
  afterAll(() => service?.close());

  const admin = () => service.http(workspace.admin.accessToken);
  const change = (body: object) => admin().patch(`/v1/sso/connections/${id}`).send(body).expect(200);
  const here = () => `${service.baseUrl}/console/sso/connections/${id}`;
  const look = (query = ''): Promise<Page> => browser.open(`${here()}/revisions${query}`);
  const rowsOf = ({ text }: Page): string[] =>
    [...text.matchAll(/<li>([^]*?)<\/li>/g)].map(([, row]) =>
      row!
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
  const bringBack = (number: number | string, connection = here()): Promise<Page> =>
    browser.navigate(
      {
        ...{ method: 'POST', url: new URL(`${connection}/revisions/${number}/restore`) },
        ...{ form: new URLSearchParams(), from: new URL(`${here()}/revisions`) },
      },
      {},
    );

  it('are a step away from its page, newest first, each with who changed what', async () => {
    const page = await (await browser.open(here())).follow('Its revisions');
    const rows = rowsOf(page);
    expect(rows.map((row) => /^Revision \d+( newest)?/.exec(row)?.[0])).toEqual([
      ...['Revision 4 newest', 'Revision 3', 'Revision 2', 'Revision 1'],
    ]);
    for (const row of rows) expect(row).toContain(workspace.admin.email);
    expect(rows[0]).toContain('Attributes that are read none → groups: urn:acme:teams; groupsSeparator: ;');
    expect(rows[1]).toMatch(
      /Entity ID \(issuer\) https:\/\/idp\.example\S* → https:\/\/other\.example\/entity/,
    );
    expect(rows[3]).toContain('Name Acme Okta');
    expect((await page.follow('Back to Acme Okta')).url.href).toBe(here());
  });

  it.each([
    ['saml', async () => ({ saml: { metadataXml: idpMetadata(await certificateUntil('2040')) } })],
    [
      'oidc',
      () => ({ oidc: { ...ENDPOINTS, issuer: 'https://op.example', clientId: 'c', clientSecret: 's' } }),
    ],
  ])('have words for every setting of a connection by %s', async (type, described) => {
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type, name: type, ...(await described()) })
      .expect(201);
    const history = await admin().get(`/v1/sso/connections/${body.id}/revisions`).expect(200);
    const [{ diff }] = history.body.data as [{ diff: { after: object } }];
    expect(Object.keys(diff.after).length).toBeGreaterThan(15);
    expect(Object.keys(diff.after).filter((name) => !(name in SETTING_LABELS))).toEqual([]);
  });

  it('offer a way back to each that says who the identity provider is, but the newest', async () => {
    const offered = (await look()).text.match(/revisions\/\d\/restore/g);
    expect(offered).toEqual(['revisions/3/restore', 'revisions/2/restore']);
  });

  it('come a page at a time', async () => {
    const first = await look('?limit=3');
    expect(rowsOf(first)).toHaveLength(3);
    const second = await first.follow('More');
    expect(rowsOf(second).map((row) => row.slice(0, 10))).toEqual(['Revision 1']);
  });

  it('bring an earlier one back as the newest, which is on record as theirs', async () => {
    const page = await bringBack(2);
    expect([page.url.pathname, page.status]).toEqual([new URL(here()).pathname, 200]);
    expect(page.text).toContain('The earlier settings are back');
    const { body } = await admin().get(`/v1/sso/connections/${id}`).expect(200);
    expect(body).toMatchObject({ revision: 5, saml: { entityId: 'https://idp.example/entity' } });
    expect(body.attributeMapping).toEqual({});
    expect((await service.auditEvents(workspace.id, 'sso_connection.updated')).at(-1)).toMatchObject({
      ...{ actor_id: workspace.admin.userId, target_id: id },
      data: { origin: 'restore', restoredFrom: 2 },
    });
    const [newest] = rowsOf(await look());
    expect(newest).toMatch(/^Revision 5 newest .* brought back revision 2 What it changed/);
  });

  it('say what follows: at once for people, where they sign in by it', async () => {
    expect((await look()).text).toContain('Unless these settings have passed a test, they need one first');
    await service.sql(`update sso_connections set status = 'active' where id = $1`, [id]);
    expect((await look()).text).toContain('It counts from the next sign-in on');
  });

  it.each(['1', '99', '0', '-1', 'x'])('do not go back to %s, and nothing changes', async (number) => {
    const page = await bringBack(number);
    expect(page.status).toBe(number === '1' ? 409 : 404);
    const { body } = await admin().get(`/v1/sso/connections/${id}`).expect(200);
    expect(body.revision).toBe(5);
  });

  it('are those of the own workspace: another one’s are as unknown as none', async () => {
    const other = await service.workspace();
    const { body } = await service
      .http(other.admin.accessToken)
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Other' });
    const texts: string[] = [];
    for (const unknown of [body.id as string, uuidV7()]) {
      const connection = `${service.baseUrl}/console/sso/connections/${unknown}`;
      const shown = await browser.open(`${connection}/revisions`);
      const restored = await bringBack(1, connection);
      expect([shown.status, restored.status]).toEqual([404, 404]);
      texts.push(shown.text.replace(/[0-9a-f-]{36}/g, 'an id'));
    }
    expect(texts[0]).toBe(texts[1]);
  });
});
