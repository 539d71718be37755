import type { AttributeName } from './schema';

/** Operators of RFC 7644 section 3.4.2.2, table 3, without `pr`, which takes no value. */
export const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What an attribute is compared with. */
export type Literal = string | number | boolean | null;

/** A parsed filter. `values` matches a resource when one of its elements matches the inner filter. */
export type Filter =
  | { kind: 'and' | 'or'; terms: Filter[] }
  | { kind: 'not'; term: Filter }
  | { kind: 'present'; name: AttributeName }
  | { kind: 'compare'; name: AttributeName; operator: Comparison; literal: Literal }
  | { kind: 'values'; name: AttributeName; filter: Filter };

export const MAX_FILTER_LENGTH = 4_096;
const MAX_DEPTH = 32;
const MAX_TERMS = 64;

/** Not a filter. Where it stood in the request decides whether that is an invalidFilter or an invalidPath. */
export class FilterSyntaxError extends Error {}

/** Parses a complete filter. Throws FilterSyntaxError with position and reason. */
export function parseFilter(text: string): Filter {
  const parser = new FilterParser(text);
  const filter = parser.filter();
  parser.end();
  return filter;
}

const NAME = /[a-z$][\w$.:-]*/iy;
const SUB_ATTRIBUTE = /\.([a-z$][\w$-]*)/iy;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])/iy;
const WORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/**
 * Recursive descent over the grammar of RFC 7644 figure 1: `not` binds tighter than `and`, `and` tighter than
 * `or`. Length, depth and number of terms are capped, so that no text costs more than reading it.
 */
export class FilterParser {
  private at = 0;
  private depth = 0;
  private terms = 0;

  constructor(private readonly text: string) {
    if (text.length > MAX_FILTER_LENGTH) throw new FilterSyntaxError('it is too long');
  }

  filter(): Filter {
    return this.chain('or', () => this.chain('and', () => this.term()));
  }

  /** A name with its URN and sub-attribute taken apart. */
  name(): AttributeName {
    this.space();
    const word = this.take(NAME);
    if (!word) throw this.wrong('an attribute name is missing');
    const colon = word.lastIndexOf(':');
    const [name = '', sub, ...deeper] = word.slice(colon + 1).split('.');
    if (name === '' || sub === '' || deeper.length > 0) throw this.wrong('that is no attribute name');
    return {
      ...(colon > 0 && { schema: word.slice(0, colon) }),
      attribute: name,
      ...(sub !== undefined && { sub }),
    };
  }

  /** `[filter]` after a name, if there is one. */
  brackets(): Filter | undefined {
    if (!this.symbol('[')) return undefined;
    const filter = this.nested(() => this.filter());
    if (!this.symbol(']')) throw this.wrong('a "]" is missing');
    return filter;
  }

  /** `.sub` after brackets, if there is one. */
  subAttribute(): string | undefined {
    return this.take(SUB_ATTRIBUTE)?.slice(1);
  }

  /** Nothing may be left. */
  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.wrong('something follows that does not belong there');
  }

  private chain(kind: 'and' | 'or', next: () => Filter): Filter {
    const terms = [next()];
    while (this.word(kind)) terms.push(next());
    const [only] = terms;
    return terms.length === 1 && only ? only : { kind, terms };
  }

  private term(): Filter {
    if (++this.terms > MAX_TERMS) throw this.wrong(`it has more than ${MAX_TERMS} terms`);
    if (this.symbol('(')) return this.group();
    const start = this.at;
    if (this.word('not')) {
      if (this.symbol('(')) return { kind: 'not', term: this.group() };
      this.at = start; // an attribute that is called "not"
    }
    return this.expression();
  }

  private group(): Filter {
    const filter = this.nested(() => this.filter());
    if (!this.symbol(')')) throw this.wrong('a ")" is missing');
    return filter;
  }

  private expression(): Filter {
    const name = this.name();
    const filter = this.brackets();
    if (!filter) return this.comparison(name);
    if (name.sub !== undefined) throw this.wrong('brackets follow an attribute, not a sub-attribute');
    const sub = this.subAttribute();
    if (sub === undefined) return { kind: 'values', name, filter };
    // `emails[type eq "work"].value eq "x"`: one and the same element has to satisfy both.
    return {
      kind: 'values',
      name,
      filter: { kind: 'and', terms: [filter, this.comparison({ attribute: sub })] },
    };
  }

  private comparison(name: AttributeName): Filter {
    this.space();
    const word = this.take(NAME)?.toLowerCase();
    if (word === 'pr') return { kind: 'present', name };
    const operator = COMPARISONS.find((candidate) => candidate === word);
    if (!operator) throw this.wrong('an operator is missing or unknown');
    return { kind: 'compare', name, operator, literal: this.literal() };
  }

  private literal(): Literal {
    this.space();
    const quotedText = this.take(STRING);
    if (quotedText !== undefined) return this.unescaped(quotedText);
    const digits = this.take(NUMBER);
    if (digits !== undefined) return Number(digits);
    const word = WORDS.get(this.take(NAME)?.toLowerCase() ?? '');
    if (word === undefined) throw this.wrong('a value is missing; text stands in double quotes');
    return word;
  }

  /** Strings are JSON strings (RFC 7644 section 3.4.2.2), escapes included. */
  private unescaped(quotedText: string): string {
    try {
      return JSON.parse(quotedText) as string;
    } catch {
      throw this.wrong('that is no JSON string');
    }
  }

  private nested<T>(parse: () => T): T {
    if (++this.depth > MAX_DEPTH) throw this.wrong(`it is nested deeper than ${MAX_DEPTH}`);
    const parsed = parse();
    this.depth--;
    return parsed;
  }

  /** Consumes `keyword` if the next name is exactly that. */
  private word(keyword: string): boolean {
    this.space();
    const start = this.at;
    if (this.take(NAME)?.toLowerCase() === keyword) return true;
    this.at = start;
    return false;
  }

  private symbol(symbol: string): boolean {
    this.space();
    if (this.text[this.at] !== symbol) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (this.text[this.at] === ' ') this.at++;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private wrong(what: string): FilterSyntaxError {
    return new FilterSyntaxError(`${what} (at character ${this.at + 1})`);
  }
}
