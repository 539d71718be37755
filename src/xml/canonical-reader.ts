import type { XmlAttribute, XmlElement } from './xml-element';

/** The text is not canonical XML. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

interface Open extends XmlElement {
  content: (Open | string)[];
  children: Open[];
  text: string;
}
/** Namespaces by prefix; an element that declares none shares its parent's. */
type Scope = ReadonlyMap<string, string>;

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const ROOT_SCOPE: Scope = new Map([
  ['', ''],
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
]);
const NAME = /[^ <>"'=/&]+/y;

/**
 * Parses canonical XML only: start and end tags, attributes in double quotes, text with the standard's escapes. Signed
 * bytes have this form, so a parser of nothing else cannot see anything in them that the signer did not write. Returns
 * the same tree as readStrictXml, in a fraction of the time.
 * @throws NotCanonical
 */
export function readCanonicalXml(text: string): XmlElement {
  const open: Open[] = [];
  const scopes: Scope[] = [ROOT_SCOPE];
  let root: Open | undefined;
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    const parent = open.at(-1);
    if (tag !== at) {
      if (!parent || tag < 0) throw new NotCanonical('Text outside the root.');
      const characters = unescaped(text.slice(at, tag), TEXT_ESCAPES);
      parent.text += characters;
      parent.content.push(characters);
    }
    if (text.charCodeAt(tag + 1) === SLASH) {
      const expected = parent && `</${nameOf(parent)}>`;
      if (!expected || !text.startsWith(expected, tag)) throw new NotCanonical('Another end than the start.');
      at = tag + expected.length;
      open.pop();
      scopes.pop();
      if (open.length === 0) break;
    } else {
      const start = readStart(text, tag + 1, scopes.at(-1) ?? ROOT_SCOPE);
      parent?.children.push(start.element);
      parent?.content.push(start.element);
      root ??= start.element;
      open.push(start.element);
      scopes.push(start.scope);
      at = start.end;
    }
  }
  if (!root || open.length > 0 || at !== text.length) throw new NotCanonical('Not one whole element.');
  return root;
}

const SLASH = 0x2f;

function nameOf({ prefix, local }: XmlElement): string {
  return prefix ? `${prefix}:${local}` : local;
}

function readStart(text: string, from: number, around: Scope): { element: Open; scope: Scope; end: number } {
  const name = readName(text, from);
  let at = from + name.length;
  let scope: Map<string, string> | undefined;
  const raw: [name: string, value: string][] = [];
  while (text[at] === ' ') {
    const attribute = readName(text, at + 1);
    const begin = at + 1 + attribute.length;
    const end = text.indexOf('"', begin + 2);
    if (!text.startsWith('="', begin) || end < 0) throw new NotCanonical('An attribute without a value.');
    const value = unescaped(text.slice(begin + 2, end), ATTRIBUTE_ESCAPES);
    if (attribute === 'xmlns' || attribute.startsWith('xmlns:')) {
      scope ??= new Map(around);
      scope.set(attribute.slice('xmlns:'.length), value);
    }
    raw.push([attribute, value]);
    at = end + 1;
  }
  if (text[at] !== '>') throw new NotCanonical('A tag that does not end.');
  const inside = scope ?? around;
  const attributes = raw.map(([as, value]): XmlAttribute => {
    if (as === 'xmlns') return { name: as, prefix: '', local: as, uri: XMLNS, value };
    const [prefix, local] = split(as);
    const uri = prefix === 'xmlns' ? XMLNS : prefix ? resolve(prefix, inside) : '';
    return { name: as, prefix, local, uri, value };
  });
  const [prefix, local] = split(name);
  const uri = resolve(prefix, inside);
  const element = { prefix, uri, local, attributes, content: [], children: [], text: '' };
  return { element, scope: inside, end: at + 1 };
}

function readName(text: string, from: number): string {
  NAME.lastIndex = from;
  const [name] = NAME.exec(text) ?? [];
  if (name === undefined || name.startsWith('!') || name.startsWith('?')) throw new NotCanonical('No name.');
  return name;
}

function split(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

function resolve(prefix: string, scope: Scope): string {
  const uri = scope.get(prefix);
  if (uri === undefined) throw new NotCanonical(`The prefix ${prefix} is not declared.`);
  return uri;
}

const TEXT_ESCAPES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#xD;': '\r',
};
const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&quot;': '"',
  '&#x9;': '\t',
  '&#xA;': '\n',
  '&#xD;': '\r',
};

function unescaped(text: string, escapes: Readonly<Record<string, string>>): string {
  if (!text.includes('&')) return text;
  return text.replace(/&[^;&]*;?/g, (escape) => {
    const character = escapes[escape];
    if (character === undefined) throw new NotCanonical(`The escape ${escape}.`);
    return character;
  });
}
