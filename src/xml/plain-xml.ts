import type { XmlAttribute, XmlElement, XmlLimits } from './xml-element';

interface Open extends XmlElement {
  content: (Open | string)[];
  children: Open[];
  text: string;
}

/** The prefixes in scope; an element that declares none shares its parent's. */
type Scope = ReadonlyMap<string, string>;

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const ROOT_SCOPE: Scope = new Map([
  ['', ''],
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
]);

/** Canonicalisers have been misled by namespaces whose URI needs escaping or is relative. */
export const ABSOLUTE_URI = /^[a-z][a-z0-9+.-]*:[^\s"'<>&]+$/i;

const DECLARATION =
  /^<\?xml version="1\.0"(?: encoding="UTF-8")?(?: standalone="(?:yes|no)")?[ \n]*\?>[ \n]*/i;
/** Line ends that would have to be normalised, characters outside the first plane, and everything else that is rare. */
const UNUSUAL = /[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\uffef]|\]\]>|<!|<\?/;
const NAME = /(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*/y;
const SPACE = /[ \t\n]*/y;
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};
const [SLASH, GREATER, EQUALS, QUOTE, APOSTROPHE] = [0x2f, 0x3e, 0x3d, 0x22, 0x27];

/**
 * Fast parser for the XML that identity providers usually write: elements, attributes, text and the five entities.
 * Returns the same tree as the strict parser, or undefined for anything else, valid or not: only the strict parser
 * refuses.
 */
export function readPlainXml(document: string, limits: XmlLimits): XmlElement | undefined {
  const start = DECLARATION.exec(document)?.[0].length ?? 0;
  const text = start > 0 ? document.slice(start) : document;
  return UNUSUAL.test(text) ? undefined : new PlainReader(text, limits).read();
}

class PlainReader {
  private at = 0;
  private elements = 0;
  private attributes = 0;

  constructor(
    private readonly text: string,
    private readonly limits: XmlLimits,
  ) {}

  read(): XmlElement | undefined {
    const { text } = this;
    const open: Open[] = [];
    const scopes: Scope[] = [ROOT_SCOPE];
    let root: Open | undefined;
    while (!root || open.length > 0) {
      const parent = open.at(-1);
      const tag = text.indexOf('<', this.at);
      if (tag < 0 || !this.takeText(parent, tag)) return undefined;
      this.at = tag + 1;
      if (text.charCodeAt(this.at) === SLASH) {
        if (!parent || !this.takeEnd(parent)) return undefined;
        open.pop();
        scopes.pop();
        continue;
      }
      const scope = scopes.at(-1) ?? ROOT_SCOPE;
      const started = open.length < this.limits.maxDepth ? this.takeStart(scope) : undefined;
      if (!started) return undefined;
      parent?.children.push(started.element);
      parent?.content.push(started.element);
      root ??= started.element;
      if (started.empty) continue;
      open.push(started.element);
      scopes.push(started.scope);
    }
    return this.skipSpace() === text.length ? root : undefined;
  }

  /** Everything up to the next tag; around the root there is none. */
  private takeText(parent: Open | undefined, end: number): boolean {
    if (end === this.at) return true;
    if (!parent) return false;
    const characters = unescaped(this.text.slice(this.at, end));
    if (characters === undefined) return false;
    parent.text += characters;
    parent.content.push(characters);
    return true;
  }

  private takeEnd({ prefix, local }: XmlElement): boolean {
    const name = prefix ? `${prefix}:${local}` : local;
    if (!this.text.startsWith(name, this.at + 1)) return false;
    this.at += 1 + name.length;
    this.skipSpace();
    return this.take(GREATER);
  }

  private takeStart(around: Scope): { element: Open; scope: Scope; empty: boolean } | undefined {
    const name = this.takeName();
    if (name === undefined || ++this.elements > this.limits.maxElements) return undefined;
    const written = this.takeAttributes();
    const scope = written && scopeOf(written, around);
    if (!scope) return undefined;
    const empty = this.take(SLASH);
    if (!this.take(GREATER)) return undefined;

    const [prefix, local] = split(name);
    const uri = scope.get(prefix);
    const attributes = resolved(written, scope);
    if (uri === undefined || prefix === 'xmlns' || !attributes) return undefined;
    return { element: { prefix, uri, local, attributes, content: [], children: [], text: '' }, scope, empty };
  }

  /** Names and raw values; undefined when one of them is unusual. */
  private takeAttributes(): [name: string, value: string][] | undefined {
    const written: [string, string][] = [];
    for (;;) {
      const before = this.at;
      const next = this.text.charCodeAt(this.skipSpace());
      if (next === SLASH || next === GREATER) return written;
      if (this.at === before || ++this.attributes > this.limits.maxAttributes) return undefined;
      const name = this.takeName();
      if (name === undefined || !this.take(EQUALS)) return undefined;
      const value = this.takeValue();
      if (value === undefined || written.some(([other]) => other === name)) return undefined;
      written.push([name, value]);
    }
  }

  private takeValue(): string | undefined {
    const quote = this.text.charCodeAt(this.at);
    if (quote !== QUOTE && quote !== APOSTROPHE) return undefined;
    const end = this.text.indexOf(quote === QUOTE ? '"' : "'", this.at + 1);
    if (end < 0) return undefined;
    const value = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    // Tabs and line ends would have to be normalised.
    return /[<\t\n]/.test(value) ? undefined : unescaped(value);
  }

  private takeName(): string | undefined {
    NAME.lastIndex = this.at;
    const [name] = NAME.exec(this.text) ?? [];
    if (name !== undefined) this.at += name.length;
    return name;
  }

  private take(character: number): boolean {
    if (this.text.charCodeAt(this.at) !== character) return false;
    this.at += 1;
    return true;
  }

  /** Answers where it ends. */
  private skipSpace(): number {
    SPACE.lastIndex = this.at;
    this.at += SPACE.exec(this.text)?.[0].length ?? 0;
    return this.at;
  }
}

/** Odd declarations are for the strict reader to refuse. */
function scopeOf(written: readonly [name: string, value: string][], around: Scope): Scope | undefined {
  let scope: Map<string, string> | undefined;
  for (const [name, value] of written) {
    if (!/^xmlns/i.test(name)) continue;
    const prefix = name.slice('xmlns:'.length);
    const isDeclaration = name === 'xmlns' || name.startsWith('xmlns:');
    if (!isDeclaration || prefix === 'xml' || prefix === 'xmlns') return undefined;
    if (!ABSOLUTE_URI.test(value) || value === XMLNS || value === ROOT_SCOPE.get('xml')) return undefined;
    scope ??= new Map(around);
    scope.set(prefix, value);
  }
  return scope ?? around;
}

function resolved(
  written: readonly [name: string, value: string][],
  scope: Scope,
): XmlAttribute[] | undefined {
  const attributes: XmlAttribute[] = [];
  for (const [name, value] of written) {
    const [prefix, local] = split(name);
    if (name === 'xmlns') attributes.push({ name, prefix: '', local: name, uri: XMLNS, value });
    else if (prefix === '') attributes.push({ name, prefix, local, uri: '', value });
    else {
      const uri = prefix === 'xmlns' ? XMLNS : scope.get(prefix);
      // With two prefixes for one namespace, two attributes can be the same one.
      if (uri === undefined || attributes.some((other) => other.uri === uri && other.local === local))
        return undefined;
      attributes.push({ name, prefix, local, uri, value });
    }
  }
  return attributes;
}

function split(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

function unescaped(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let known = true;
  const characters = text.replace(/&[^;&]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    known &&= character !== undefined;
    return character ?? '';
  });
  return known ? characters : undefined;
}
