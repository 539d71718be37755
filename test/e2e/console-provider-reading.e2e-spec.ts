import type { Page } from '../support/browser';
import { ConnectionDesk } from '../support/connection-desk';
import { certificateUntil, idpMetadata } from '../support/provider-site';

const PUBLISHES = 'What it publishes about itself';

describe('What a provider publishes about itself, in the console', () => {
  let desk: ConnectionDesk;
  let certificate: string;

  beforeAll(async () => {
    desk = await ConnectionDesk.open();
    certificate = await certificateUntil('2040');
  });
  afterAll(() => desk?.close());

  const serve = (body: string, status = 200) => desk.site.pages.set('/metadata', { body, status });
  const alarmIn = ({ text }: Page) => /<p class="alarm">\s*(It could not[^<]*)</.exec(text)?.[1];
  const today = new Date().toISOString().slice(0, 10);

  const readByAddress = async (): Promise<string> => {
    serve(idpMetadata(certificate));
    const metadataUrl = `${desk.site.url}/metadata`;
    return desk.made({ type: 'saml', provider: 'keycloak', saml: { metadataUrl } });
  };

  it('is read now, whether it says something new or not', async () => {
    const id = await readByAddress();
    expect((await desk.look(id)).text).toContain('Not read again since it was entered.');

    const same = await desk.send(id, 'reading');
    expect(same.url.href).toBe(`${desk.pageOf(id)}?done=unchanged`);
    expect(same.text).toContain('Read: it says what it said before.');
    expect(same.text).toContain(`Last read on ${today}`);

    serve(idpMetadata(await certificateUntil('2041')));
    const other = await desk.send(id, 'reading');
    expect(other.url.href).toBe(`${desk.pageOf(id)}?done=changed`);
    expect(other.text).toContain('version 2');
    expect(other.text).toContain('1 Jan 2041');
    expect(await desk.app.auditEvents(desk.workspace.id, 'sso_connection.refreshed')).toMatchObject(
      [false, true].map((changed) => ({ actor_id: desk.workspace.admin.userId, data: { changed } })),
    );
  });

  it('is said to be unreadable, why and for how long, until it is read again', async () => {
    const id = await readByAddress();
    await desk.send(id, 'reading');
    serve('', 500);
    const refused = await desk.send(id, 'reading');
    expect([refused.status, refused.text.includes('No metadata came from there.')]).toEqual([400, true]);
    expect(alarmIn(await desk.look(id))).toMatch(
      new RegExp(
        `^It could not be read on ${today} \\d\\d:\\d\\d UTC; sign-ins go on by what is known\\.\\s`,
      ),
    );
    await desk.send(id, 'reading');
    const page = await desk.look(id);
    expect(alarmIn(page)).toMatch(
      /UTC \(2 times in a row\); .*\s+The metadata URL answered with status 500\./,
    );
    expect(alarmIn(page)).not.toContain('metadata_unreachable');
    expect(page.text).toContain(`Last read on ${today}`);

    serve(idpMetadata(certificate));
    expect(alarmIn(await desk.send(id, 'reading'))).toBeUndefined();
  });

  it('is not taken over from somebody else at the same address', async () => {
    const id = await readByAddress();
    serve(idpMetadata(certificate, 'https://other.example/entity'));
    const refused = await desk.send(id, 'reading');
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('The metadata now describes https://other.example/entity');
    expect(await desk.settings(id)).toMatchObject({ revision: 1 });
  });

  it('is the discovery document of an OpenID Provider', async () => {
    const issuer = desk.site.issuer('/op');
    const oidc = { issuer, clientId: 'gatehouse', clientSecret: 'a secret of theirs' };
    const id = await desk.made({ type: 'oidc', provider: 'keycloak', oidc });
    expect((await desk.look(id)).text).toContain('Read its discovery document now');
    desk.site.issuer('/op', { end_session_endpoint: `${issuer}/logout` });
    expect((await desk.send(id, 'reading')).url.href).toBe(`${desk.pageOf(id)}?done=changed`);
    expect(await desk.settings(id)).toMatchObject({ oidc: { endSessionEndpoint: `${issuer}/logout` } });
  });

  it('is nothing where what is known was typed in', async () => {
    const id = await desk.madeOfMetadata();
    expect((await desk.look(id)).text).not.toContain(PUBLISHES);
    const refused = await desk.send(id, 'reading');
    expect([refused.status, refused.text.includes('was typed in')]).toEqual([409, true]);
  });

  it('is of no concern to connections of another workspace', async () => {
    const elsewhere = await desk.app.workspace();
    const { body } = await desk.app
      .http(elsewhere.admin.accessToken)
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Theirs', saml: { metadataUrl: `${desk.site.url}/metadata` } })
      .expect(201);
    desk.site.asked.length = 0;
    expect((await desk.send(body.id as string, 'reading')).status).toBe(404);
    expect(desk.site.asked).toEqual([]);
  });
});
