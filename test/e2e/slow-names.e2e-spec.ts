import { Resolver } from 'node:dns/promises';
import { HostNames } from '../../src/outbound/host-names';
import { startApp, type TestApp } from '../support/app';
import { DnsServer } from '../support/dns-server';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';

describe('A workspace whose identity providers have names that nobody answers for', () => {
  let app: TestApp;
  let dns: DnsServer;
  let site: ProviderSite;

  beforeAll(async () => {
    dns = await DnsServer.start();
    site = await ProviderSite.start();
    // The machine's DNS is the one thing that is not the test's to run.
    jest
      .spyOn(HostNames.prototype as unknown as { resolver(): Resolver }, 'resolver')
      .mockImplementation(() => {
        const resolver = new Resolver({ timeout: 2_000, tries: 1 });
        resolver.setServers([dns.address]);
        return resolver;
      });
    // By block, so that their names are looked up as those of strangers.
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.0/8' });
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    await app?.close();
    await site?.close();
    await dns?.close();
  });

  const connect = (accessToken: string, metadataUrl: string) =>
    app
      .http(accessToken)
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme', provider: 'generic', saml: { metadataUrl } });

  it('holds up no other workspace', async () => {
    const [slow, quick] = [await app.workspace(), await app.workspace()];
    const { port } = new URL(site.url);
    site.pages.set('/metadata', { body: idpMetadata(await certificateUntil('2040')) });
    dns.set('idp.quick.test', { addresses: ['127.0.0.1'] });

    const names = Array.from({ length: 12 }, (_, index) => `idp-${index}.slow.test`);
    for (const name of names) dns.set(name, 'silent');
    let answered = 0;
    const waiting = names.map(async (name) => {
      const answer = await connect(slow.admin.accessToken, `http://${name}:${port}/metadata`);
      answered += 1;
      return [answer.status, (answer.body as { code: string }).code];
    });
    while (names.some((name) => !dns.asked.includes(name)))
      await new Promise((resolve) => setTimeout(resolve, 5));

    await connect(quick.admin.accessToken, `http://idp.quick.test:${port}/metadata`).expect(201);
    expect(answered).toBe(0);
    expect(await Promise.all(waiting)).toEqual(names.map(() => [400, 'metadata_unreachable']));
  });
});
