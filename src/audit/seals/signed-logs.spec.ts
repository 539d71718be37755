import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { entryOf, type Sealable } from './entry';
import { leafHash, MerkleTree } from './merkle-tree';
import { checkpointOf, headOf } from './seal';
import { link, newKeyPair, type SealKeyPair, signed } from './seal-key';

const run = promisify(execFile);
const VERIFIER = join(__dirname, '../../../scripts/audit-verify.mjs');
const WORKSPACE = '01900000-0000-7000-8000-0000000000aa';
const KEY = newKeyPair();

type Line = Record<string, unknown> & { id: string; proof: Record<string, unknown> & { seal: SealLine } };
type SealLine = Record<string, unknown> & { number: number; publicKey: string };

let made = 0;
/** An entry; ids grow. */
const entry = (type = 'secret.created', more: Partial<Sealable> = {}): Sealable => ({
  ...{ id: `01900000-0000-7000-8000-${String((made += 1)).padStart(12, '0')}`, workspaceId: WORKSPACE },
  ...{ time: new Date('2026-01-01T00:00:00Z'), type: type as Sealable['type'], risk: 'low' as const },
  ...{ actorType: 'system' as const, actorId: null, actorEmail: null, targetType: null, targetId: null },
  ...{ ip: null, userAgent: null, requestId: null, data: {}, actorCommitment: null, dataCommitment: null },
  ...more,
});
const closing = (data = {}) => entry('audit.exported', { data, time: new Date('2026-01-03T00:00:00Z') });

interface Said {
  readonly key?: SealKeyPair;
  readonly number?: number;
  readonly total?: number;
  readonly previous?: string;
}

/**
 * Signs seals over lists of entries, as an attacker with a key of their own could. `said` replaces fields of each
 * seal.
 */
function sealed(lists: readonly (readonly Sealable[])[], said: readonly Said[] = []): Line[] {
  let [previous, total, number] = ['', 0, 0];
  return lists.flatMap((entries, index) => {
    const { key = KEY, ...other } = said[index] ?? {};
    const tree = new MerkleTree(entries.map((one) => leafHash(entryOf(one))));
    [number, total] = [number + 1, total + entries.length];
    const content = {
      ...{ workspaceId: entries[0]!.workspaceId, number, size: entries.length, total, previous },
      ...{ root: tree.root.toString('base64'), time: `2026-01-0${index + 1}T12:00:00.000Z`, ...other },
    };
    [number, total, previous] = [content.number, content.total, headOf(content)];
    const { workspaceId: _, root: __, ...seal } = content;
    const signature = signed(checkpointOf(content, previous), key.privateKey);
    const { keyId, publicKey } = key;
    return entries.map((one, position) => ({
      ...{ id: one.id, time: one.time.toISOString(), type: one.type, risk: one.risk },
      ...{ actor: { type: one.actorType, id: one.actorId }, target: null, workspaceId: one.workspaceId },
      ...{ ip: one.ip, userAgent: one.userAgent, requestId: one.requestId, data: one.data },
      proof: {
        seal: { ...seal, keyId, signature, publicKey },
        position,
        path: tree.pathTo(position).map((hash) => hash.toString('base64')),
        ...(one.actorCommitment && { actor: { commitment: one.actorCommitment } }),
      },
    }));
  });
}

const headAfter = (lines: readonly Line[], number: number): string =>
  lines.find(({ proof }) => proof.seal.number === number + 1)!.proof.seal.previous as string;
const from = (lines: readonly Line[], number: number): Line[] =>
  lines.filter(({ proof }) => proof.seal.number >= number);
const withProof = (line: Line, proof: object): Line => ({ ...line, proof: { ...line.proof, ...proof } });
const note = (total: number, head: string): string =>
  `gatehouse audit log ${WORKSPACE}\n${total}\n${head}\n\n— gatehouse-audit AAAA\n`;

/** Logs that are consistent in themselves but not signed with a key of the service. */
describe('A log that somebody signed', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'signed-logs-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const written = (text: string, name = 'export.ndjson'): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const verdictOn = (lines: readonly object[], ...words: string[]): Promise<string> =>
    verdictOnText(lines.map((line) => JSON.stringify(line)).join('\n'), ...words);
  const verdictOnText = (text: string, ...words: string[]): Promise<string> =>
    run(process.execPath, [VERIFIER, written(text), ...words]).then(
      ({ stdout }) => stdout,
      ({ stderr }: { stderr: string }) => stderr,
    );
  const checkpoints = (...notes: string[]): string[] => [
    '--checkpoint',
    written(notes.map((one) => `${JSON.stringify({ note: one })}\n`).join(''), 'checkpoints'),
  ];

  it('verifies, up to the time of its export, in whichever order its seals came', async () => {
    const [late, early, last] = [entry(), entry(), closing()];
    const verdict = await verdictOn(sealed([[early], [late, last]]).sort((a, b) => (a.id < b.id ? -1 : 1)));
    expect(verdict).toMatch(
      /^VALID\. 3 entries under 2 seals.*\nNone is missing up to 2026-01-03T00:00:00.000Z/,
    );
    const newestFirst = sealed([[closing()], [entry()]]);
    expect(await verdictOn(newestFirst)).toContain('The end of the file is missing');
  });

  it('verifies however its JSON is spaced', async () => {
    const spaced = sealed([[entry('x', { data: { name: 'a "b" c' } }), closing()]])
      .map((line) => JSON.stringify(line, undefined, 1).replaceAll('\n', ' ').replaceAll('":', '" :'))
      .join('\n');
    expect(await verdictOnText(spaced)).toMatch(/^VALID/);
  });

  it('is taken for a selection where it says that it was exported with a filter', async () => {
    const [, ...some] = sealed([[entry(), entry(), closing({ filter: {} })]]);
    expect(await verdictOn(some)).toMatch(/^VALID[^]*It is a selection/);
    const [, ...less] = sealed([[entry(), entry(), closing()]]);
    expect(await verdictOn(less)).toContain('An entry is missing: number 1 of 3');
  });

  it.each<[string, (lines: Sealable[]) => [Sealable[][], Said[]], RegExp]>([
    [
      'follows from no seal before',
      (some) => [
        [some.slice(0, 1), some.slice(1)],
        [{}, { previous: 'x' }],
      ],
      /its seal does not follow from the one before/,
    ],
    [
      'counts anew',
      (some) => [
        [some.slice(0, 1), some.slice(1)],
        [{}, { total: 7 }],
      ],
      /its seal does not count on from the one before/,
    ],
    [
      'goes on in another workspace',
      ([first, ...rest]) => [
        [[{ ...first!, workspaceId: '01900000-0000-7000-8000-0000000000bb' }], rest],
        [],
      ],
      /it is of another workspace than the entries before/,
    ],
    [
      'goes on under a key that nobody vouches for',
      (some) => [
        [some.slice(0, 1), some.slice(1)],
        [{}, { key: newKeyPair() }],
      ],
      /signed by another key than the one before, which does not vouch for it/,
    ],
    [
      'has one id for two entries',
      ([first, second, last]) => [[[first!, { ...second!, id: first!.id }, last!]], []],
      /the entry stands in the file twice/,
    ],
  ])('is none when it %s', async (_, made, sentence) => {
    const [lists, said] = made([entry(), entry(), closing()]);
    expect(await verdictOn(sealed(lists, said))).toMatch(sentence);
  });

  it('has one key and one signature for all entries of a seal', async () => {
    const [first, second] = sealed([[entry(), closing()]]);
    const other = sealed([[entry()]], [{ key: newKeyPair() }])[0]!.proof.seal;
    const forged = { ...second!.proof.seal, publicKey: other.publicKey };
    expect(await verdictOn([first!, withProof(second!, { seal: forged })])).toContain('it was changed');
    const unsigned = { ...second!.proof.seal, signature: 'AAAA' };
    expect(await verdictOn([first!, withProof(second!, { seal: unsigned })])).toContain('it was changed');
    const [, twin] = sealed([[entry(), closing()]]);
    expect(await verdictOn([first!, twin!])).toContain('under another seal than its neighbours say');
    const short = { ...first!.proof.seal, publicKey: 'AAAA' };
    expect(await verdictOn([withProof(first!, { seal: short })])).toContain('the signature does not hold');
  });

  it('has a key that follows another only where both say so', async () => {
    const next = newKeyPair();
    const [first, second] = sealed([[entry()], [closing()]], [{}, { key: next }]);
    const linked = (keyLinks: object[]) =>
      verdictOn([first!, withProof(second!, { seal: { ...second!.proof.seal, keyLinks } })]);
    const good = link(KEY, next);
    expect(await linked([good])).toMatch(/^VALID/);
    for (const half of ['endorsement', 'acceptance'])
      expect(await linked([{ ...good, [half]: 'AAAA' }])).toContain('does not follow from the one before');
  });

  it('has each entry at a place, by a path as long as its tree is high', async () => {
    const [first, second] = sealed([[entry(), closing()]]);
    for (const position of ['0', 0.5, -1, 2])
      expect(await verdictOn([withProof(first!, { position }), second!])).toContain('its proof is not one');
    const [hash] = first!.proof.path as string[];
    expect(await verdictOn([withProof(first!, { path: [hash, hash] }), second!])).toContain(
      'proof is too long',
    );
    expect(await verdictOn([withProof(first!, { path: [] }), second!])).toContain('proof is too short');
  });

  it('shows nothing of somebody that nothing proves', async () => {
    const actorCommitment = 'of what is gone';
    const [first, second] = sealed([[entry('x', { actorCommitment }), closing()]]);
    expect(await verdictOn([first!, second!])).toMatch(/^VALID[^]*In 1 of them the personal data/);
    for (const shown of [
      { ip: '192.0.2.7' },
      { userAgent: 'M' },
      { actor: { type: 'system', id: null, email: 'm@x.test' } },
    ])
      expect(await verdictOn([{ ...first!, ...shown }, second!])).toContain('nothing proves that');
    for (const pointer of ['/a', '/a/b', '/name/b'])
      expect(
        await verdictOn([
          withProof({ ...first!, data: { name: null } }, { data: { salt: '', fields: [pointer] } }),
          second!,
        ]),
      ).toContain(`${pointer} is missing in its data`);
  });

  describe('of which a part is in an archive', () => {
    /** Four seals. The third contains an entry about the first two, made from the head of the second. */
    const whole = (data: (head: string) => Record<string, unknown>, type = 'audit.archived'): Line[] => {
      const before = [[entry()], [entry()]];
      const head = headAfter(sealed([...before, [entry()]]), 2);
      return sealed([...before, [entry(type, { data: data(head) })], [closing()]]);
    };

    it('begins where an entry says that it was archived, and nowhere else', async () => {
      const says = (data: (head: string) => Record<string, unknown>, type?: string) =>
        verdictOn(from(whole(data, type), 3));
      expect(await says((head) => ({ toSeal: 2, head }))).toMatch(
        /^VALID[^]*None is missing from seal 3 \(those before are in an archive\)/,
      );
      const missing = 'The entries under seal 1 are missing';
      expect(await says(() => ({ toSeal: 2, head: 'x' }))).toContain(missing);
      expect(await says((head) => ({ toSeal: 1, head }))).toContain(missing);
      expect(await says((head) => ({ toSeal: 2, head }), 'secret.created')).toContain(missing);
    });

    it('is in the order of its places there, and ends where the archive says', async () => {
      const lines = sealed([[entry(), entry()], [entry()]]);
      const header = (toSeal: number) => ({ archive: { version: 1, fromSeal: 1, toSeal } });
      expect(await verdictOn([header(2), ...lines])).toMatch(/^VALID/);
      expect(await verdictOn([header(3), ...lines])).toContain('The end of the file is missing');
      expect(await verdictOn([header(2), lines[1]!, lines[0]!, lines[2]!])).toContain(
        'it stands behind an entry that came after it',
      );
    });

    it('agrees with each checkpoint that it reaches, and reaches one at least', async () => {
      const lines = whole((head) => ({ toSeal: 2, head }));
      const [second, third] = [headAfter(lines, 2), headAfter(lines, 3)];
      const rest = from(lines, 3);
      expect(await verdictOn(rest, ...checkpoints(note(2, second), note(3, third)))).toMatch(/^VALID/);
      expect(await verdictOn(lines, ...checkpoints(note(2, second), note(3, third)))).toMatch(/^VALID/);
      expect(await verdictOn(rest, ...checkpoints(note(3, second), note(4, third)))).toContain(
        'the log is another one than when the checkpoint was made',
      );
      expect(await verdictOn(rest, ...checkpoints(note(2, second)))).toContain(
        'The checkpoint is of 2 entries; the export has no seal that ends there',
      );
      const elsewhere = note(3, third).replace(WORKSPACE, '01900000-0000-7000-8000-0000000000bb');
      expect(await verdictOn(rest, ...checkpoints(elsewhere))).toContain('of another workspace');
    });
  });
});
