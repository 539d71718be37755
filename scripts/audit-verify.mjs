#!/usr/bin/env node
// npm run audit:verify -- export.ndjson [--key <base64>] [--checkpoint <file>]
//
// Checks an export of the audit log (GET /v1/audit-events/export?format=ndjson) by itself: offline, without a database
// and without any code of the service. It answers with exit code 0, or names the first entry that is wrong.
//
//   --key         the public key (from GET /v1/audit-events/proof, kept elsewhere) that must have signed it;
//                 without it the file is only checked against the key that it names itself
//   --selection   the export was made with a filter: what it leaves out is not missed
//   --checkpoint  a file with a signed note that was kept elsewhere: the export must reach it and agree with it
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What is wrong with an export, in a sentence that names the first wrong entry. */
export class Wrong extends Error {}

/**
 * Checks an export.
 * @param file its path
 * @param given `key`, `checkpoint` (its text) and `selection` as on the command line
 * @returns what was found; throws Wrong
 */
export async function verifyExport(file, given = {}) {
  const seals = new Map();
  const ids = new Set();
  const found = { entries: 0, erased: 0 };
  for await (const { number, event } of lines(file)) {
    const where = `line ${number}${typeof event.id === 'string' ? `, entry ${event.id}` : ''}`;
    if (ids.has(event.id)) throw new Wrong(`${where}: the entry stands in the file twice.`);
    ids.add(event.id);
    found.erased += checkEntry(event, where, seals, given.key);
    found.entries += 1;
  }
  if (found.entries === 0) throw new Wrong('The file holds no entry.');
  checkSeals(seals);
  const newest = seals.get(Math.max(...seals.keys()));
  const closing = newest.exports.at(-1);
  const isSelection = given.selection || closing?.data?.filter !== undefined;
  if (!isSelection) checkCompleteness(seals, closing);
  if (given.checkpoint !== undefined) checkCheckpoint(given.checkpoint, seals);
  return {
    ...found,
    seals: seals.size,
    publicKey: newest.publicKey,
    upTo: isSelection ? undefined : closing.time,
  };
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { key: { type: 'string' }, checkpoint: { type: 'string' }, selection: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (positionals.length !== 1) {
    console.error(
      'Usage: npm run audit:verify -- export.ndjson [--key <base64>] [--checkpoint <file>] [--selection]',
    );
    process.exitCode = 2;
    return;
  }
  try {
    const checkpoint = values.checkpoint === undefined ? undefined : readFileSync(values.checkpoint, 'utf8');
    const { entries, seals, erased, upTo, publicKey } = await verifyExport(positionals[0], {
      ...values,
      checkpoint,
    });
    console.log(`VALID. ${entries} entries under ${seals} seals: none was changed.`);
    console.log(
      upTo
        ? `None is missing up to the export at ${upTo}.`
        : 'It is a selection: what it leaves out was not checked.',
    );
    if (erased > 0)
      console.log(`In ${erased} of them the personal data of somebody erased is gone; the rest holds.`);
    if (!values.key)
      console.log(`Signed by ${publicKey}: compare that with the key you keep, or pass it as --key.`);
  } catch (error) {
    if (!(error instanceof Wrong) && error.code !== 'ENOENT') throw error;
    console.error(`NOT VALID. ${error.message}`);
    process.exitCode = 1;
  }
}

async function* lines(file) {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (text === '') continue;
    let event;
    try {
      event = JSON.parse(text);
    } catch {
      throw new Wrong(`line ${number}: this is not JSON.`);
    }
    if (typeof event !== 'object' || event === null || Array.isArray(event)) {
      throw new Wrong(`line ${number}: this is not an entry.`);
    }
    yield { number, event };
  }
}

/** Leads one entry to the signed head of its seal. Answers 1 when personal data in it is erased, else 0. */
function checkEntry({ proof, ...event }, where, seals, key) {
  if (typeof proof !== 'object' || proof === null) throw new Wrong(`${where}: it has no proof.`);
  const { entry, erased } = sealedEntry(event, proof, where);
  const { seal, position, path } = proof;
  const isPlace = Number.isInteger(position) && position >= 0 && position < seal?.size && Array.isArray(path);
  if (!isPlace) throw new Wrong(`${where}: its proof is not one.`);

  const root = rootFrom(sha256(Buffer.from([0]), Buffer.from(entry)), position, seal.size, path, where);
  const { number, size, total, previous, time } = seal;
  const content = {
    workspaceId: event.workspaceId,
    number,
    size,
    total,
    root: root.toString('base64'),
    previous,
    time,
  };
  const head = sha256(Buffer.from(canonical(content))).toString('base64');
  const known = seals.get(number);
  if (!known) {
    checkSignature(seal, content, head, where, key);
    seals.set(number, { content, head, where, publicKey: seal.publicKey, positions: new Map(), exports: [] });
  } else if (
    known.head !== head ||
    known.publicKey !== seal.publicKey ||
    !sameSignature(known, seal, content, head)
  ) {
    throw new Wrong(`${where}: it was changed, or stands under another seal than its neighbours say.`);
  }
  const held = seals.get(number);
  if (held.positions.has(position)) {
    throw new Wrong(`${where}: it claims the place of the entry in ${held.positions.get(position)}.`);
  }
  held.positions.set(position, where);
  if (event.type === 'audit.exported') held.exports.push(event);
  return erased ? 1 : 0;
}

/** The text that was sealed: personal parts are taken out again, and a commitment stands for each. */
function sealedEntry(event, proof, where) {
  const { actor = {}, target, data } = event;
  let [email, ip, userAgent] = [actor.email ?? null, event.ip ?? null, event.userAgent ?? null];
  let erased = false;
  if (proof.actor) {
    if (proof.actor.salt === undefined) {
      if (email !== null || ip !== null || userAgent !== null) {
        throw new Wrong(`${where}: it shows who did it, but nothing proves that.`);
      }
      erased = true;
    } else {
      const fields = Object.fromEntries(
        Object.entries({ email, ip, userAgent }).filter(([, value]) => value !== null),
      );
      checkCommitment(proof.actor, fields, `${where}: who did it, or from where, was changed.`);
    }
    [email, ip, userAgent] = [null, null, null];
  }
  let open = data;
  if (proof.data) {
    if (proof.data.salt === undefined) erased = true;
    else {
      const taken = takeOut(data, proof.data.fields ?? [], where);
      checkCommitment(proof.data, taken.fields, `${where}: its data was changed.`);
      open = taken.open;
    }
  }
  const entry = canonical({
    v: 1,
    id: event.id,
    time: event.time,
    type: event.type,
    risk: event.risk,
    actor: { type: actor.type, id: actor.id ?? null, email },
    target: { type: target?.type ?? null, id: target?.id ?? null },
    workspaceId: event.workspaceId,
    ip,
    userAgent,
    requestId: event.requestId ?? null,
    data: open,
    actorCommitment: proof.actor?.commitment ?? null,
    dataCommitment: proof.data?.commitment ?? null,
  });
  const unknown = Object.keys(event).filter((name) => !KNOWN.has(name));
  if (unknown.length > 0) throw new Wrong(`${where}: ${unknown[0]} does not belong in it.`);
  return { entry, erased };
}

const KNOWN = new Set([
  'id',
  'time',
  'type',
  'risk',
  'actor',
  'target',
  'workspaceId',
  'ip',
  'userAgent',
  'requestId',
  'data',
]);

function checkCommitment({ commitment, salt }, fields, sentence) {
  const actual = sha256(Buffer.from(`${salt}\n${canonical(fields)}`)).toString('base64');
  if (actual !== commitment) throw new Wrong(sentence);
}

/** Data without what these JSON Pointers name, and what they named. */
function takeOut(data, pointers, where) {
  const open = structuredClone(data);
  const fields = {};
  for (const pointer of pointers) {
    const names = pointer
      .slice(1)
      .split('/')
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop();
    let place = open;
    for (const name of names) place = place !== null && typeof place === 'object' ? place[name] : undefined;
    if (place === null || typeof place !== 'object' || !Object.hasOwn(place, last)) {
      throw new Wrong(`${where}: ${pointer} is missing in its data.`);
    }
    fields[pointer] = place[last];
    delete place[last];
  }
  return { open, fields };
}

/** RFC 9162 section 2.1.3.2. */
function rootFrom(leaf, position, size, path, where) {
  let [at, last, hash] = [position, size - 1, leaf];
  for (const text of path) {
    if (last === 0) throw new Wrong(`${where}: its proof is too long.`);
    const neighbour = Buffer.from(String(text), 'base64');
    if (at % 2 === 1 || at === last) {
      hash = sha256(Buffer.from([1]), neighbour, hash);
      while (at % 2 === 0 && at !== 0) {
        at /= 2;
        last = Math.floor(last / 2);
      }
    } else hash = sha256(Buffer.from([1]), hash, neighbour);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw new Wrong(`${where}: its proof is too short.`);
  return hash;
}

function checkSignature(seal, content, head, where, key) {
  if (key && seal.publicKey !== key) {
    throw new Wrong(`${where}: its seal was signed by another key than the one given.`);
  }
  if (!isSigned(seal, content, head)) {
    throw new Wrong(`${where}: it was changed, or its seal was: the signature does not hold.`);
  }
}

const sameSignature = (known, seal, content, head) =>
  isSigned({ ...seal, publicKey: known.publicKey }, content, head);

const checkedSignatures = new Map();

function isSigned({ publicKey, signature }, { workspaceId, total }, head) {
  const text = `gatehouse audit log ${workspaceId}\n${total}\n${head}\n`;
  const memo = `${publicKey} ${signature} ${text}`;
  if (!checkedSignatures.has(memo)) checkedSignatures.set(memo, verifies(publicKey, signature, text));
  return checkedSignatures.get(memo);
}

function verifies(publicKey, signature, text) {
  const raw = Buffer.from(String(publicKey), 'base64');
  if (raw.length !== 32) return false;
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
  return verify(null, Buffer.from(text), key, Buffer.from(String(signature), 'base64'));
}

/** Each seal names the head of the one before. */
function checkSeals(seals) {
  for (const number of [...seals.keys()].sort((one, other) => one - other)) {
    const { content, where } = seals.get(number);
    const before = seals.get(number - 1);
    if (before && before.content.workspaceId !== content.workspaceId) {
      throw new Wrong(`${where}: it is of another workspace than the entries before.`);
    }
    if (before && content.previous !== before.head) {
      throw new Wrong(`${where}: its seal does not follow from the one before, at ${before.where}.`);
    }
    if (before && content.total !== before.content.total + content.size) {
      throw new Wrong(`${where}: its seal does not count on from the one before.`);
    }
  }
}

/** An export without filter leaves nothing out: every seal from the first, every place under each. */
function checkCompleteness(seals, closing) {
  const newest = Math.max(...seals.keys());
  for (let number = 1; number <= newest; number += 1) {
    const seal = seals.get(number);
    if (!seal) throw new Wrong(`The entries under seal ${number} are missing${neighbourOf(seals, number)}.`);
    for (let position = 0; position < seal.content.size; position += 1) {
      if (seal.positions.has(position)) continue;
      const place = `number ${position + 1} of ${seal.content.size} under seal ${number}`;
      throw new Wrong(`An entry is missing: ${place}, next to ${seal.where}.`);
    }
  }
  if (closing) return;
  throw new Wrong(
    'The end of the file is missing: the entry of the export itself is not in it. (An export that was made with a filter is checked with --selection.)',
  );
}

function neighbourOf(seals, number) {
  const next = [...seals.keys()].filter((other) => other > number).sort((one, other) => one - other)[0];
  return next === undefined ? '' : `, before ${seals.get(next).where}`;
}

/** A signed note that was kept elsewhere. */
function checkCheckpoint(note, seals) {
  const [origin, total, head] = note.split('\n');
  const workspaceId = origin.replace('gatehouse audit log ', '');
  const at = [...seals.values()].find(({ content }) => String(content.total) === total);
  if (!at) throw new Wrong(`The checkpoint is of ${total} entries; the export has no seal that ends there.`);
  if (at.content.workspaceId !== workspaceId) throw new Wrong('The checkpoint is of another workspace.');
  if (at.head !== head)
    throw new Wrong(`${at.where}: the log is another one than when the checkpoint was made.`);
}

/** RFC 8785, for what an export holds. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort((one, other) => (one < other ? -1 : 1))
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(',')}}`;
}

function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
