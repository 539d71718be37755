import type { XmlAttribute, XmlElement } from '../../../sso-connections/strict-xml';

type Declarations = ReadonlyMap<string, string>;

/**
 * Exclusive XML canonicalization, without comments (xml-exc-c14n), of an element and what is in it. No prefixes are
 * treated inclusively: the signature library does not do so for SignedInfo either, and nothing else is put through here.
 */
export function canonicalXml(element: XmlElement): string {
  return render(element, new Map());
}

function render(element: XmlElement, inherited: Declarations): string {
  const attributes = element.attributes.filter(({ name, prefix }) => name !== 'xmlns' && prefix !== 'xmlns');
  const used = new Map(
    [element, ...attributes.filter(({ prefix }) => prefix)].map(({ prefix, uri }) => [prefix, uri]),
  );
  used.delete('xml');
  const fresh = [...used]
    .filter(([prefix, uri]) => (inherited.get(prefix) ?? '') !== uri)
    .sort(([a], [b]) => order(a, b));

  const name = element.prefix ? `${element.prefix}:${element.local}` : element.local;
  const declared = fresh.map(
    ([prefix, uri]) => ` ${prefix ? `xmlns:${prefix}` : 'xmlns'}="${attributeText(uri)}"`,
  );
  const written = [...attributes]
    .sort(byNamespaceThenName)
    .map(({ name: as, value }) => ` ${as}="${attributeText(value)}"`);
  const scope = new Map([...inherited, ...fresh]);
  const content = element.content.map((part) =>
    typeof part === 'string' ? elementText(part) : render(part, scope),
  );
  return `<${name}${declared.join('')}${written.join('')}>${content.join('')}</${name}>`;
}

const byNamespaceThenName = (a: XmlAttribute, b: XmlAttribute): number =>
  order(a.uri, b.uri) || order(a.local, b.local);

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};
const elementText = (text: string): string =>
  text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? '');
const attributeText = (text: string): string =>
  text.replace(/[&<"\t\n\r]/g, (character) => ESCAPES[character] ?? '');
