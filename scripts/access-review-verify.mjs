#!/usr/bin/env node
// npm run review:verify -- access-review.json [--csv access-review.csv] [--key <base64>]
//
// Checks the result of an access review (GET /v1/access-reviews/{id}/result) by itself: offline, without a database and
// without any code of the service. It answers with exit code 0, or says what is wrong, with exit code 1. Exit code 2:
// nothing was checked.
//
//   --csv   the CSV of the same review, downloaded at the same time: it must be the one the JSON vouches for
//   --key   the public key (from GET /v1/audit-events/proof, kept elsewhere) that must have signed; without it the file
//           is checked against the key that it names itself
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const FORMAT = 'gatehouse-access-review/1';
/** What a raw Ed25519 key needs to be read (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** What is wrong, in a sentence. */
export class Wrong extends Error {}

/**
 * @param result the parsed JSON
 * @param given `csv` (its text) and `key`, both optional
 * @returns how many items there are and of how many the person is erased; throws Wrong
 */
export function verifyResult(result, { csv, key } = {}) {
  const { manifest, signature, people } = result;
  if (manifest?.format !== FORMAT) throw new Wrong('This is no result of an access review.');
  checkSignature('manifest', canonicalJson(manifest), signature, key, 'The result was changed');
  let erased = 0;
  for (const item of manifest.items) {
    const { personal = null, note = null } = people?.[item.id] ?? {};
    if (personal === null) erased += 1;
    else if (commitmentTo(personal) !== item.commitment)
      throw new Wrong(`Item ${item.id}: the person was changed.`);
    if (note !== null && commitmentTo(note) !== item.noteCommitment) {
      throw new Wrong(`Item ${item.id}: the note was changed.`);
    }
  }
  const known = new Set(manifest.items.map(({ id }) => id));
  for (const id of Object.keys(people ?? {})) if (!known.has(id)) throw new Wrong(`Item ${id} was added.`);
  if (csv !== undefined) checkSignature('csv', csv, result.csv, key, 'The CSV is not the one of this result');
  return { items: manifest.items.length, erased, keyId: signature.keyId };
}

function checkSignature(what, content, signed, key, complaint) {
  if (key !== undefined && signed?.publicKey !== key) throw new Wrong('It was signed with another key.');
  const hash = createHash('sha256').update(content).digest('base64');
  const text = `${FORMAT}\n${what}\n${hash}\n`;
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI, Buffer.from(signed?.publicKey ?? '', 'base64')]),
    format: 'der',
    type: 'spki',
  });
  const signature = Buffer.from(signed?.signature ?? '', 'base64');
  if (!verify(null, Buffer.from(text), publicKey, signature)) throw new Wrong(`${complaint}.`);
}

const commitmentTo = (value) => createHash('sha256').update(canonicalJson(value)).digest('base64');

/** RFC 8785, for what is in these files. */
function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

const USAGE = 'Usage: npm run review:verify -- access-review.json [--csv <file>] [--key <base64>]';

/** What the command line asks for; undefined when it cannot be understood. */
function asked() {
  try {
    return parseArgs({
      options: { csv: { type: 'string' }, key: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch {
    return undefined;
  }
}

function main() {
  const { values, positionals = [] } = asked() ?? {};
  if (values?.help) {
    console.log(USAGE);
    return 0;
  }
  if (positionals.length !== 1) {
    console.error(USAGE);
    return 2;
  }
  try {
    const csv = values.csv === undefined ? undefined : readFileSync(values.csv, 'utf8');
    const found = verifyResult(JSON.parse(readFileSync(positionals[0], 'utf8')), { csv, key: values.key });
    console.log(
      `VALID. ${found.items} members, signed with the key ${found.keyId}.` +
        (found.erased > 0 ? ` ${found.erased} of them are erased: commitments stand for them.` : ''),
    );
    return 0;
  } catch (failure) {
    if (failure.syscall !== undefined) {
      console.error(`${failure.path ?? 'What was named'} cannot be read: ${failure.code}.`);
      return 2;
    }
    console.error(
      `WRONG. ${failure instanceof Wrong ? failure.message : `The file cannot be read: ${failure.message}`}`,
    );
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
