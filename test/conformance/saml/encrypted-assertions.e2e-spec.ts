import { responseXml, signAssertion } from '../../support/saml-documents';
import { encryptAssertion, type EncryptTerms } from '../../support/saml-encryption';
import { codeOf, SamlScene } from '../../support/saml-sign-in';

describe('An identity provider that encrypts what it says', () => {
  let scene: SamlScene;
  let certificate: string;

  beforeAll(async () => {
    scene = await SamlScene.start();
    const { body } = await admin().get(`/v1/sso/connections/${scene.connectionId}`).expect(200);
    certificate = body.sp.certificate;
    expect(body.saml.allowWeakEncryption).toBe(false);
  });

  afterAll(() => scene?.close());

  const admin = () => scene.app.http(scene.workspace.admin.accessToken);
  const signIn = async (terms?: EncryptTerms, recipient = certificate) => {
    const pending = await scene.begin();
    const signed = signAssertion(responseXml(pending.trust), scene.key);
    return scene.post(pending, encryptAssertion(signed, recipient, terms));
  };

  it('signs people in, encrypting for the certificate that this service shows', async () => {
    codeOf(await signIn());
    codeOf(await signIn({ cipher: 'aes-128-gcm', transport: 'oaep', digest: 'sha256', keyPlace: 'beside' }));
  });

  it('is told that it encrypts for somebody else', async () => {
    const { code, status } = await scene.refusal(await signIn({}, scene.key.certificate));
    expect([status, code]).toEqual([403, 'saml_decryption_failed']);
  });

  it('may use old algorithms only when an admin says so, which is on record', async () => {
    const old: EncryptTerms = { cipher: 'aes-256-cbc', transport: 'pkcs1' };
    expect((await scene.refusal(await signIn(old))).code).toBe('saml_encryption_algorithm_refused');
    const { body } = await admin()
      .patch(`/v1/sso/connections/${scene.connectionId}`)
      .send({ saml: { allowWeakEncryption: true } })
      .expect(200);
    expect(body.saml.allowWeakEncryption).toBe(true);
    codeOf(await signIn(old));
    const [event] = (await scene.app.auditEvents(scene.workspace.id, 'sso_connection.updated')).slice(-1);
    expect(event?.data).toMatchObject({
      before: { allowWeakEncryption: false },
      after: { allowWeakEncryption: true },
    });
  });
});
