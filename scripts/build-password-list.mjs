// Makes src/auth/password/rules/common-passwords.bin out of lists of passwords that are known from breaches:
//
//   npm run build && node scripts/build-password-list.mjs <list>…
//
// A list is a text file with one password per line, the same gzipped, or a JSON array of strings; the most common ones
// first. Taken from each is what somebody could choose here (8 characters and more, folded as the rules fold), and of
// the first list also the shorter ones, which people lengthen with digits and repetitions. docs/passwords.md says
// which lists the shipped file was made from.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';

const TARGET = new URL('../src/auth/password/rules/common-passwords.bin', import.meta.url);
/** One in so many other passwords is refused by mistake: 2^12 = 4096. */
const BITS = 12;
const LEAST = 8;
const LEAST_OF_FIRST = 4;

const lists = process.argv.slice(2);
if (lists.length === 0) {
  console.error('Name the lists, the best one first.');
  process.exit(2);
}

const read = lists.map(passwordsIn);

const require = createRequire(import.meta.url);
const { GolombSet } = require('../dist/src/auth/password/rules/golomb-set.js');
const { fold, lengthOf } = require('../dist/src/auth/password/rules/folded.js');

const members = new Set();
for (const [index, passwords] of read.entries()) {
  const least = index === 0 ? LEAST_OF_FIRST : LEAST;
  for (const password of passwords) if (lengthOf(password) >= least) members.add(fold(password));
}
const bytes = GolombSet.of(members, BITS).write();
writeFileSync(TARGET, bytes);
console.log(
  `${members.size} passwords in ${bytes.length} bytes; one in ${2 ** BITS} others is taken for one of them.`,
);

/** Ends with a sentence about the list where it cannot be read; nothing is written then. */
function passwordsIn(path) {
  try {
    const passwords = passwordsOf(path);
    if (!Array.isArray(passwords) || !passwords.every((password) => typeof password === 'string')) {
      throw new Error('it is no array of strings');
    }
    return passwords;
  } catch (failure) {
    console.error(`${path} is no list of passwords: ${failure.syscall ? failure.code : failure.message}.`);
    process.exit(2);
  }
}

function passwordsOf(path) {
  const raw = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8');
  if (path.endsWith('.json')) return JSON.parse(text);
  return text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#!'));
}
