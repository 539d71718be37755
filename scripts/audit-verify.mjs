#!/usr/bin/env node
// npm run audit:verify -- export.ndjson [--key <base64>] [--checkpoint <file>]
// npm run audit:verify -- archive-1.ndjson.gz archive-2.ndjson.gz export.ndjson
//
// Checks an export of the audit log (GET /v1/audit-events/export?format=ndjson), archives of it, or all of them as one
// log, by itself: offline, without a database and without any code of the service. It answers with exit code 0, or
// names the first entry that is wrong, with exit code 1. Exit code 2: nothing was checked.
//
//   --key         a public key (from GET /v1/audit-events/proof, kept elsewhere) that must have signed it, or must be
//                 linked to those that did: a key that follows another is signed by it and signs it in turn; without
//                 --key the file is only checked against the keys that it names itself
//   --selection   the export was made with a filter: what it leaves out is not missed
//   --checkpoint  a file with a signed note that was kept elsewhere, or with many, as the service appends them to
//                 AUDIT_CHECKPOINT_FILE: the export must reach each of its workspace and agree with it
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGunzip } from 'node:zlib';

/** What is wrong with an export, in a sentence that names the first wrong entry. */
export class Wrong extends Error {}

/**
 * Checks an export.
 * @param files its path, or several that are one log together
 * @param given `key`, `checkpoint` (its text) and `selection` as on the command line
 * @returns what was found; throws Wrong
 */
export async function verifyExport(files, given = {}) {
  const checkpoints = given.checkpoint === undefined ? [] : checkpointsIn(given.checkpoint);
  const seals = new Map();
  const ids = new Set();
  const keys = new Keys();
  const archives = [];
  const found = { entries: 0, erased: 0 };
  let order = new Order();
  for await (const { at, file, event } of linesOf([files].flat())) {
    if (order.file !== file) order = new Order(file);
    if (isArchiveHeader(event)) {
      archives.push(event.archive);
      order.isArchive = true;
      continue;
    }
    const where = `${at}${typeof event.id === 'string' ? `, entry ${event.id}` : ''}`;
    // Beside an entry at rest; whoever reads an export would take it for a part of what was sealed.
    if ('sealed' in event && !order.isArchive) throw new Wrong(`${where}: sealed does not belong in it.`);
    if (ids.has(event.id)) throw new Wrong(`${where}: the entry stands in the file twice.`);
    ids.add(event.id);
    found.erased += checkEntry(event, where, seals, keys);
    order.check(event, where);
    found.entries += 1;
  }
  if (found.entries === 0) throw new Wrong('The file holds no entry.');
  checkSeals(seals);
  keys.check(seals, given.key);
  const newest = seals.get(Math.max(...seals.keys()));
  const closing = newest.exports.at(-1);
  const isSelection = given.selection || closing?.data?.filter !== undefined;
  if (!isSelection) checkCompleteness(seals, closing, archives);
  if (checkpoints.length > 0) checkCheckpoints(checkpoints, seals);
  return {
    ...found,
    seals: seals.size,
    publicKey: newest.publicKey,
    from: isSelection ? undefined : Math.min(...seals.keys()),
    upTo: isSelection ? undefined : (closing?.time ?? newest.content.time),
  };
}

const USAGE =
  'Usage: npm run audit:verify -- export.ndjson… [--key <base64>] [--checkpoint <file>] [--selection]';

/** What the command line asks for; undefined when it cannot be understood. */
function asked() {
  try {
    return parseArgs({
      options: {
        ...{ key: { type: 'string' }, checkpoint: { type: 'string' } },
        ...{ selection: { type: 'boolean' }, help: { type: 'boolean' } },
      },
      allowPositionals: true,
    });
  } catch {
    return undefined;
  }
}

async function main() {
  const { values, positionals = [] } = asked() ?? {};
  if (values?.help) return console.log(USAGE);
  if (positionals.length === 0) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  try {
    const checkpoint = values.checkpoint === undefined ? undefined : readFileSync(values.checkpoint, 'utf8');
    const { entries, seals, erased, from, upTo, publicKey } = await verifyExport(positionals, {
      ...values,
      checkpoint,
    });
    console.log(`VALID. ${entries} entries under ${seals} seals: none was changed.`);
    console.log(
      upTo
        ? `None is missing ${from > 1 ? `from seal ${from} (those before are in an archive) ` : ''}up to ${upTo}.`
        : 'It is a selection: what it leaves out was not checked.',
    );
    if (erased > 0)
      console.log(
        `In ${erased} of them the personal data is not shown or gone with somebody erased; the rest holds.`,
      );
    if (!values.key)
      console.log(`Signed by ${publicKey}: compare that with the key you keep, or pass it as --key.`);
  } catch (error) {
    const unread =
      error instanceof NoCheckpoint ? `${values.checkpoint}: ${error.message}.` : unreadIn(error);
    if (unread === undefined && !(error instanceof Wrong)) throw error;
    console.error(unread ?? `NOT VALID. ${error.message}`);
    process.exitCode = unread === undefined ? 1 : 2;
  }
}

/** Of a file that cannot be read: nothing was checked. */
const unreadIn = ({ syscall, path, code }) =>
  syscall === undefined ? undefined : `${path ?? 'What was named'} cannot be read: ${code}.`;

async function* linesOf(files) {
  for (const file of files) {
    let number = 0;
    try {
      for await (const text of textLines(file)) {
        number += 1;
        const at = `${files.length > 1 ? `${file} ` : ''}line ${number}`;
        if (text !== '') yield { at, file, event: parsed(text, at) };
      }
    } catch (failure) {
      if (!String(failure.code).startsWith('Z_')) throw failure;
      throw new Wrong(`${file}: its compression is broken after line ${number}.`);
    }
  }
}

async function* textLines(file) {
  const input = createReadStream(file);
  const content = file.endsWith('.gz') ? pipeline(input, createGunzip(), () => undefined) : input;
  content.setEncoding('utf8');
  let rest = '';
  for await (const part of content) {
    const pieces = (rest + part).split('\n');
    rest = pieces.pop();
    for (const piece of pieces) yield piece.replace(/\r$/, '');
  }
  yield rest;
}

function parsed(text, at) {
  let event;
  try {
    event = JSON.parse(text);
  } catch {
    throw new Wrong(`${at}: this is not JSON.`);
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new Wrong(`${at}: this is not an entry.`);
  }
  if (namesIn(text) !== membersOf(event)) throw new Wrong(`${at}: an object in it has a member twice.`);
  return event;
}

/** Of two members of one name JSON.parse shows the last only, and somebody who reads the file may see the first. */
function namesIn(text) {
  let names = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/gs)) if (colon) names += 1;
  return names;
}

function membersOf(value) {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce((sum, part) => sum + membersOf(part), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

/** Exports are in the order of their ids, which tell when; archives in that of their places. */
class Order {
  isArchive = false;
  #before;

  constructor(file) {
    this.file = file;
  }

  check({ id, proof: { seal, position } }, where) {
    const [before, now] = [this.#before, { id, seal: seal.number, position }];
    this.#before = now;
    if (before === undefined) return;
    const isBehind = this.isArchive
      ? now.seal > before.seal || (now.seal === before.seal && now.position > before.position)
      : now.id > before.id;
    if (!isBehind) throw new Wrong(`${where}: it stands behind an entry that came after it.`);
  }
}

const isArchiveHeader = ({ archive, ...rest }) =>
  typeof archive === 'object' && archive !== null && Object.keys(rest).length === 0;

/** The keys that signed, and which of them are known to follow each other. */
class Keys {
  #groups = new Map();

  /** Both keys of a link must have signed it. */
  learn({ publicKey, keyLinks = [] }, where) {
    let next = publicKey;
    for (const { previous, endorsement, acceptance } of keyLinks) {
      const text = `gatehouse audit key\n${previous}\n${next}\n`;
      if (!verifies(previous, endorsement, text) || !verifies(next, acceptance, text)) {
        throw new Wrong(`${where}: the key of its seal does not follow from the one before.`);
      }
      this.#join(previous, next);
      next = previous;
    }
  }

  /** All seals are signed by keys that belong together, and to the one that is given. */
  check(seals, given) {
    for (const number of [...seals.keys()].sort((one, other) => one - other)) {
      const { publicKey, where } = seals.get(number);
      if (given && this.#groupOf(publicKey) !== this.#groupOf(given)) {
        throw new Wrong(`${where}: its seal was signed by another key than the one given.`);
      }
      const before = seals.get(number - 1);
      if (before && this.#groupOf(publicKey) !== this.#groupOf(before.publicKey)) {
        throw new Wrong(
          `${where}: its seal was signed by another key than the one before, which does not vouch for it.`,
        );
      }
    }
  }

  #groupOf(key) {
    const parent = this.#groups.get(key);
    return parent === undefined ? key : this.#groupOf(parent);
  }

  #join(one, other) {
    const [first, second] = [this.#groupOf(one), this.#groupOf(other)];
    if (first !== second) this.#groups.set(second, first);
  }
}

/** Leads one entry to the signed head of its seal. Answers 1 when personal data in it is erased, else 0. */
function checkEntry({ proof, ...event }, where, seals, keys) {
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
    checkSignature(seal, content, head, where);
    keys.learn(seal, where);
    seals.set(number, {
      content,
      head,
      where,
      publicKey: seal.publicKey,
      positions: new Set(),
      exports: [],
      archived: [],
    });
  } else if (
    known.head !== head ||
    known.publicKey !== seal.publicKey ||
    !sameSignature(known, seal, content, head)
  ) {
    throw new Wrong(`${where}: it was changed, or stands under another seal than its neighbours say.`);
  }
  const held = seals.get(number);
  // Two entries of different ids cannot lead to the same head from the same place.
  held.positions.add(position);
  if (event.type === 'audit.exported') held.exports.push(event);
  if (event.type === 'audit.archived') held.archived.push(event);
  return erased ? 1 : 0;
}

/** The text that was sealed: personal parts are taken out again, and a commitment stands for each. */
function sealedEntry(event, proof, where) {
  const { actor = {}, target, data } = event;
  let [email, ip, userAgent] = [actor.email ?? null, event.ip ?? null, event.userAgent ?? null];
  let erased = false;
  if (proof.actor?.unreadable) throw new Wrong(`${where}: who did it, or from where, was changed.`);
  if (proof.data?.unreadable) throw new Wrong(`${where}: its data was changed.`);
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
  // At rest an archive holds what is personal encrypted beside the entry; the commitments are over what it opens to.
  const unknown = [
    ...Object.keys(event).filter((name) => !KNOWN.has(name) && name !== 'sealed'),
    ...unknownIn('actor', actor, ['type', 'id', 'email']),
    ...unknownIn('target', target ?? {}, ['type', 'id']),
  ];
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

const unknownIn = (place, value, known) =>
  Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => `${place}.${name}`);

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

function checkSignature(seal, content, head, where) {
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
function checkCompleteness(seals, closing, archives) {
  const newest = Math.max(...seals.keys());
  for (let number = firstSeal(seals, archives); number <= newest; number += 1) {
    const seal = seals.get(number);
    if (!seal) throw new Wrong(`The entries under seal ${number} are missing${neighbourOf(seals, number)}.`);
    for (let position = 0; position < seal.content.size; position += 1) {
      if (seal.positions.has(position)) continue;
      const place = `number ${position + 1} of ${seal.content.size} under seal ${number}`;
      throw new Wrong(`An entry is missing: ${place}, next to ${seal.where}.`);
    }
  }
  if (closing || archives.some(({ toSeal }) => toSeal === newest)) return;
  throw new Wrong(
    'The end of the file is missing: the entry of the export itself is not in it. (An export that was made with a filter is checked with --selection.)',
  );
}

/** Where the log may begin: at its first seal, where an archive says, or after what an entry says was archived. */
function firstSeal(seals, archives) {
  const first = Math.min(...seals.keys());
  const { content } = seals.get(first);
  if (first === 1 || archives.some(({ fromSeal }) => fromSeal === first)) return first;
  const said = [...seals.values()].flatMap(({ archived: events }) => events);
  const isSaid = said.some(({ data }) => data.toSeal === first - 1 && data.head === content.previous);
  return isSaid ? first : 1;
}

function neighbourOf(seals, number) {
  const next = [...seals.keys()].filter((other) => other > number).sort((one, other) => one - other)[0];
  return next === undefined ? '' : `, before ${seals.get(next).where}`;
}

const NOTE = /^gatehouse audit log (\S+)\n(\d+)\n(\S+)\n\n/;

/** Throws for what is no checkpoint: nothing is checked then. */
export class NoCheckpoint extends Error {}

/** Signed notes that were kept elsewhere: one by itself, or in lines of JSON, as AUDIT_CHECKPOINT_FILE has them. */
function checkpointsIn(text) {
  const notes = text.startsWith('{') ? text.split('\n').filter((line) => line !== '') : [text];
  return notes.map((note, index) => {
    const [, workspaceId, total, head] = NOTE.exec(noteIn(note)) ?? [];
    if (head === undefined) throw new NoCheckpoint(`line ${index + 1} is no checkpoint`);
    return { workspaceId, total: Number(total), head };
  });
}

function noteIn(text) {
  try {
    return text.startsWith('{') ? String(JSON.parse(text).note) : text;
  } catch {
    return '';
  }
}

/** Of a file with checkpoints of several workspaces, those of this one; what ends before the export begins is not in it. */
function checkCheckpoints(checkpoints, seals) {
  const byTotal = new Map([...seals.values()].map((seal) => [seal.content.total, seal]));
  const first = Math.min(...byTotal.keys());
  const { workspaceId } = byTotal.get(first).content;
  const ours = checkpoints.filter((one) => one.workspaceId === workspaceId);
  if (ours.length === 0) throw new Wrong('The checkpoint is of another workspace.');
  const reached = ours.filter(({ total }) => total >= first);
  for (const { total, head } of reached.length > 0 ? reached : ours) {
    const at = byTotal.get(total);
    if (!at)
      throw new Wrong(`The checkpoint is of ${total} entries; the export has no seal that ends there.`);
    if (at.head !== head)
      throw new Wrong(`${at.where}: the log is another one than when the checkpoint was made.`);
  }
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
