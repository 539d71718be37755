import { Secret } from '../../../src/crypto/secret';
import { SamlVerification } from '../../../src/auth/saml/worker/saml-verification.service';
import type { Examination } from '../../../src/auth/saml/protocol/examination';
import { newId, toBase64 } from '../../support/saml-documents';
import { SamlScene } from '../../support/saml-sign-in';
import { type Document, freshKeys, hostile, strange, wellFormed, wrong } from './corpus/documents';
import { MUTATIONS } from './corpus/mutations';
import { hasXmlsec1, nodeSaml, takenByXmlsec1 } from './corpus/oracles';

const SEED = 20_261_125;
const HOSTILE = 1000;

const keys = freshKeys();
const now = new Date();
const trust = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};

/** Whether the signatures were taken, whatever became of the message after that. */
function signaturesHold({ checks }: Examination): boolean {
  const rows = ['preflight', 'decryption', 'response_signature', 'assertion_signature'];
  const looked = checks.filter(({ id }) => rows.includes(id));
  return looked.some(({ id }) => id === 'assertion_signature') && looked.every(({ ok }) => ok);
}

describe('The verification of SAML messages', () => {
  const verification = new SamlVerification();
  afterAll(() => verification.onApplicationShutdown());

  const examine = ({ xml, signed, trust: { idpEntityId } }: Document): Promise<Examination> =>
    verification.response(
      {
        ...{ id: 'connection', ...trust, idpEntityId, signed, allowWeakEncryption: false },
        certificates: [keys.idp.certificate],
        decryptionKeys: [new Secret(keys.own.privateKey)],
      },
      toBase64(xml),
      now,
    );

  /** Messages whose signatures we took: what the oracles are asked about. */
  const taken: Document[] = [];
  async function examineAll(
    documents: Iterable<Document>,
  ): Promise<{ accepted: string[]; codes: Set<string>; count: number }> {
    const accepted: string[] = [];
    const codes = new Set<string>();
    let count = 0;
    for (const document of documents) {
      const found = await examine(document);
      count += 1;
      if (signaturesHold(found)) taken.push(document);
      if (found.claims) accepted.push(document.name);
      codes.add(found.refusal?.code ?? '');
    }
    return { accepted, codes, count };
  }

  it('accepts what eight products send, however they are set', async () => {
    const documents = [...wellFormed(keys, trust, now)];
    const { accepted } = await examineAll(documents);
    expect(documents.length).toBeGreaterThanOrEqual(60);
    expect(documents.map(({ name }) => name).filter((name) => !accepted.includes(name))).toEqual([]);
  }, 120_000);

  it('accepts nothing that says the wrong thing, whoever signed it', async () => {
    const { accepted, codes } = await examineAll(wrong(keys, trust, now));
    expect(accepted).toEqual([]);
    expect(codes.size).toBeGreaterThan(15);
  }, 120_000);

  it('accepts nothing of strangers', async () => {
    const { accepted, codes } = await examineAll(strange(keys, trust, now));
    expect(accepted).toEqual([]);
    expect([...codes].sort()).toEqual([
      'saml_decryption_failed',
      'saml_encryption_algorithm_refused',
      'saml_signature_invalid',
      'saml_signature_missing',
    ]);
  }, 120_000);

  it(`accepts none of ${HOSTILE} messages that were tampered with (seed ${SEED})`, async () => {
    const { accepted, codes, count } = await examineAll(
      hostile(keys, trust, now, { seed: SEED, count: HOSTILE }),
    );
    expect(count).toBe(HOSTILE);
    expect(HOSTILE / MUTATIONS.size).toBeGreaterThan(5);
    expect(accepted).toEqual([]);
    // None of them broke the verification itself.
    expect([...codes].filter((code) => /failed|timeout|busy/.test(code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(20);
  }, 240_000);

  if (!hasXmlsec1())
    it.skip('agrees with xmlsec1: it is not installed here (Debian package xmlsec1)', () => undefined);

  it(`takes no signature that node-saml${hasXmlsec1() ? ' and xmlsec1' : ''} would refuse`, async () => {
    expect(taken.length).toBeGreaterThan(150);
    const byXmlsec1 = hasXmlsec1() ? takenByXmlsec1(taken, keys) : new Set<Document>();
    const library = nodeSaml(keys);
    const refused: string[] = [];
    let [asked, agreed] = [0, 0];
    for (const [at, document] of taken.entries()) {
      // The library takes its time: it is asked where the other refuses, and now and then to see whether it agrees.
      if (byXmlsec1.has(document) && at % 10 !== 0) continue;
      asked += 1;
      if (await library(document)) agreed += 1;
      else if (!byXmlsec1.has(document)) refused.push(document.name);
    }
    expect(refused).toEqual([]);
    // An oracle that refuses everything would be none.
    expect(agreed).toBeGreaterThan(asked / 2);
    if (hasXmlsec1()) expect(byXmlsec1.size).toBeGreaterThan(taken.length / 2);
  }, 240_000);
});

describe('Posted to the service, hostile SAML messages', () => {
  let scene: SamlScene;

  beforeAll(async () => {
    scene = await SamlScene.start();
  });

  afterAll(() => scene?.close());

  it('are refused, every one is recorded, and nothing comes of them', async () => {
    const pending = await scene.begin();
    const theirs = { ...keys, idp: scene.key };
    const members = () => scene.app.sql('select count(*) from members');
    const before = await members();
    let posted = 0;
    for (const { xml, name } of hostile(theirs, pending.trust, new Date(), { seed: SEED + 1, count: 100 })) {
      const { status } = await scene.post(pending, xml);
      if (status < 400 || status > 499) throw new Error(`${status} for ${name}`);
      posted += 1;
    }
    expect(await scene.app.auditEvents(scene.workspace.id, 'sso.login_failed')).toHaveLength(posted);
    expect(await members()).toEqual(before);
  }, 120_000);
});
