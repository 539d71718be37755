import { newId, sign, toBase64 } from '../../support/saml-documents';
import { LogoutIdp, signedQuery } from '../../support/saml-logout';
import { SamlScene } from '../../support/saml-sign-in';

const SLO = 'https://idp.acme.test/slo';

describe('The place of a message about logging out', () => {
  let scene: SamlScene;
  let idp: LogoutIdp;

  beforeAll(async () => {
    const first = await SamlScene.start();
    const more = { sloUrl: SLO, sloResponseUrl: `${SLO}/answers` };
    scene = await first.another(first.key, { more });
    idp = new LogoutIdp(scene);
  });
  afterAll(() => scene?.close());

  it('is where the identity provider takes answers, if that is elsewhere', async () => {
    await idp.signIn('_1');
    const page = await idp.redirect(idp.request());
    expect([page.status, page.url.origin + page.url.pathname]).toEqual([303, `${SLO}/answers`]);
  });

  it.each([
    ['an answer where a request is to stand', ['SAMLRequest'], 'saml_logout_malformed'],
    ['both at once', ['SAMLRequest', 'SAMLResponse'], 'saml_logout_missing'],
  ])('holds one of its kind, in a form: not %s', async (_, fields, code) => {
    const answer = toBase64(sign(idp.response(newId()), 'LogoutResponse', scene.key));
    const { body } = await scene.app
      .http()
      .post(`/sso/saml/${scene.connectionId}/slo`)
      .set('accept', 'application/json')
      .type('form')
      .send(Object.fromEntries(fields.map((field) => [field, answer])))
      .expect(400);
    expect(body.code).toBe(code);
  });

  it('holds one of its kind, in an address', async () => {
    const page = await idp.open(signedQuery('SAMLRequest', idp.response(newId()), scene.key));
    expect([page.status, JSON.parse(page.text)]).toMatchObject([400, { code: 'saml_logout_malformed' }]);
  });
});
