import { fold } from './folded';

/** What is left of a password beside words that everybody tries must be as long as this. */
const LEAST_OF_ITS_OWN = 8;
/** A shorter word is in too many passwords by chance. */
const LEAST_CONTEXT = 4;

/** Whether a password is one that is tried first: listed, or listed once its padding or repetition is taken off. */
export function isCommon(password: string, isListed: (folded: string) => boolean): boolean {
  const folded = fold(password);
  const joined = folded.replaceAll(/[\s._-]+/g, '');
  return [folded, joined, unpadded(joined)].some(
    (text) => isListed(text) || isTooRegular(text) || isListed(repeated(text)),
  );
}

/**
 * Whether hardly anything is left of a password without the words that stand around it: the product, the workspace,
 * the address of its owner.
 */
export function restsOnContext(password: string, words: readonly string[]): boolean {
  const folded = fold(password);
  const parts = words
    .map(fold)
    .flatMap((word) => [word, ...[word.replaceAll(SEPARATORS, ''), ...word.split(SEPARATORS)].map(undigited)])
    .filter((part) => part.length >= LEAST_CONTEXT)
    .sort((one, other) => other.length - one.length);
  const left = parts.reduce((rest, part) => rest.replaceAll(part, ''), folded);
  return left.length < folded.length && left.replaceAll(/[^\p{L}\p{N}]/gu, '').length < LEAST_OF_ITS_OWN;
}

const SEPARATORS = /[^\p{L}\p{N}]+/gu;

/** Addresses are numbered where names are taken. */
const undigited = (word: string): string => word.replace(/\d+$/, '');

/** Without the digits around it and the mark at its end, which is how words are made to look like passwords. */
const unpadded = (text: string): string => /^\d*(\D.*?)\d*[!?.$*#@]{0,3}$/su.exec(text)?.[1] ?? text;

/** What a text repeats, or the text when it does not repeat. */
function repeated(text: string): string {
  const period = (text + text).indexOf(text, 1);
  return period > 0 && period <= text.length / 2 ? text.slice(0, period) : text;
}

/** At most two runs such as `abcdef`, `4321` or `aaaa`, or a few characters over and over. */
function isTooRegular(text: string): boolean {
  const points = [...text].map((character) => character.codePointAt(0)!);
  if (points.length < 3) return true;
  if ([...repeated(text)].length < 4) return true;
  let runs = 1;
  let step: number | undefined;
  for (let at = 1; at < points.length; at += 1) {
    const here = points[at]! - points[at - 1]!;
    if (step === undefined && Math.abs(here) <= 1) step = here;
    else if (here !== step) {
      runs += 1;
      step = undefined;
    }
  }
  return runs <= 2;
}
