import { X509Certificate } from 'node:crypto';
import { type SigningKey, signingKey } from '../support/certificates';
import { OidcScene } from '../support/oidc-sign-in';
import { mailsTo, type SentMail } from '../support/outbox';
import { responseXml, signAssertion } from '../support/saml-documents';
import { SamlScene } from '../support/saml-sign-in';
import { TestBench } from '../support/test-sign-in';

const PEOPLE = ['ada@acme.test', 'bob@acme.test', 'cyd@acme.test', 'ada@acme.test', 'bob@acme.test'];
const fingerprint = (key: SigningKey): string => new X509Certificate(key.certificate).fingerprint256;

describe('A certificate of an identity provider', () => {
  let idp: SamlScene;
  const [stolen, other, next] = [signingKey(), signingKey(), signingKey()];

  beforeAll(async () => {
    idp = await SamlScene.start();
  });
  afterAll(() => idp?.close());

  /** An active connection that trusts these keys, that somebody has signed in by, and then changes of its keys. */
  async function trusting(keys: SigningKey[], ...changes: SigningKey[][]) {
    const pems = (each: SigningKey[]) => each.map(({ certificate }) => certificate);
    const scene = await idp.another(keys[0]!, { certificates: pems(keys) });
    const bench = new TestBench(idp.app, idp.workspace, scene.connectionId);
    expect((await scene.signIn({ nameId: 'first@acme.test' })).status).toBe(303);
    for (const change of changes) await bench.patch({ saml: { certificates: pems(change) } });
    return { scene, bench };
  }

  async function comeBy(scene: SamlScene, key: SigningKey, people = PEOPLE): Promise<number[]> {
    const answers: number[] = [];
    for (const nameId of people) {
      const pending = await scene.begin();
      const { status } = await scene.post(
        pending,
        signAssertion(responseXml(pending.trust, { nameId }), key),
      );
      answers.push(status);
    }
    return answers;
  }

  const trusts = async (bench: TestBench): Promise<string[]> => {
    const { body } = await bench.admin.get(`/v1/sso/connections/${bench.connectionId}`).expect(200);
    const { certificates } = (body as { saml: { certificates: { pem: string }[] } }).saml;
    return certificates.map(({ pem }) => new X509Certificate(pem).fingerprint256);
  };
  const mails = (subject: string): SentMail[] =>
    mailsTo(idp.app, idp.workspace.admin.email).filter((mail) => mail.subject.includes(subject));

  it.each<[string, SigningKey[], SigningKey[][]]>([
    ['went by a change of its own, after another one came', [stolen], [[stolen, next], [next]]],
    ['gave way to a new one while another stayed', [stolen, other], [[other, next]]],
    ['went before the others were replaced as well', [stolen, other], [[other], [next]]],
    ['went before a new one came', [stolen, other], [[other], [other, next]]],
  ])('is not trusted again by itself when it %s: whoever has its key may try', async (_, before, changes) => {
    const { scene, bench } = await trusting(before, ...changes);
    const last = changes.at(-1)!.map(fingerprint);
    expect(await comeBy(scene, stolen, [...PEOPLE, ...PEOPLE])).not.toContain(303);
    expect(await trusts(bench)).toEqual(last);
    expect(await comeBy(scene, stolen, ['ada@acme.test'])).not.toContain(303);
  });

  it('stays away, too, when people bring another one back that was replaced after it', async () => {
    const { scene, bench } = await trusting([stolen, other], [other], [next]);
    await comeBy(scene, other);
    expect(await trusts(bench)).toEqual([fingerprint(other)]);
    expect(await comeBy(scene, stolen, ['ada@acme.test'])).not.toContain(303);
    expect(await comeBy(scene, other, ['ada@acme.test'])).toEqual([303]);
  });

  it('is trusted again when a person brought it back, and a wrong one took the place of all', async () => {
    const { scene, bench } = await trusting([stolen, other], [other], [stolen, other], [next]);
    await comeBy(scene, stolen);
    expect(await trusts(bench)).toEqual([stolen, other].map(fingerprint));
  });

  it('is trusted again when all were replaced at once, and the mail says which, and what to do if it was stolen', async () => {
    const told = mails('was taken back').length;
    const { scene, bench } = await trusting([stolen], [next]);
    await comeBy(scene, stolen);
    expect(await trusts(bench)).toEqual([fingerprint(stolen)]);
    const [mail] = mails('was taken back').slice(told);
    expect(mail!.text).toContain(`- ${fingerprint(stolen)}`);
    expect(mail!.text).toContain('fell into wrong hands');
  });

  it('that keeps people out by having gone is told of to the admins, once for the change', async () => {
    const told = mails('People cannot sign in').length;
    const { scene } = await trusting([stolen, other], [other]);
    await comeBy(scene, stolen, PEOPLE.slice(1));
    expect(mails('People cannot sign in')).toHaveLength(told);
    await comeBy(scene, stolen, [...PEOPLE, ...PEOPLE]);
    const [mail, ...more] = mails('People cannot sign in').slice(told);
    expect(more).toEqual([]);
    expect(mail!.text).toContain('- fewer certificates');
    expect(mail!.text).toContain('restore revision 1');
  });

  it('that went is told of to nobody while it is one person who fails, or strangers do', async () => {
    const told = mails('People cannot sign in').length;
    const { scene } = await trusting([stolen, other], [other]);
    await comeBy(scene, stolen, Array<string>(7).fill('ada@acme.test'));
    await comeBy(scene, signingKey(), [...PEOPLE, ...PEOPLE]);
    expect(mails('People cannot sign in')).toHaveLength(told);
  });

  it('brings nothing back, however many failures by a demand come before those by a mistake', async () => {
    const { scene, bench } = await trusting([stolen, other], [other, next]);
    await bench.patch({ saml: { entityId: 'https://mistyped.test' } });
    await comeBy(scene, stolen, [...PEOPLE, ...PEOPLE]);
    await comeBy(scene, other, PEOPLE.slice(1));
    expect(await bench.connection()).toMatchObject({ revision: 3 });
    await comeBy(scene, other, PEOPLE.slice(0, 1));
    expect(await bench.connection()).toMatchObject({ revision: 4 });
    expect(await trusts(bench)).toEqual([fingerprint(other)]);
  });
});

describe('What a change demands of sign-ins through OpenID Connect', () => {
  it('is told of to the admins when it keeps people out, once', async () => {
    const idp = await OidcScene.start();
    try {
      const comes = (sub: string) => idp.signIn({ claims: (claims) => ({ ...claims, acr: 'pwd', sub }) });
      expect((await comes('first')).status).toBe(303);
      await idp.configure({ acrValues: ['mfa'], acrRequired: true });
      for (const sub of ['s-1', 's-2', 's-3', 's-1', 's-2', 's-3', 's-4'])
        expect((await comes(sub)).status).not.toBe(303);
      const mails = mailsTo(idp.app, idp.workspace.admin.email).filter(({ subject }) =>
        subject.includes('People cannot sign in'),
      );
      expect(mails).toMatchObject([{ text: expect.stringContaining('- a way of signing in') }]);
    } finally {
      await idp.close();
    }
  });
});
