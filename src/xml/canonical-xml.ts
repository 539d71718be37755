import { ExclusiveCanonicalization } from 'xml-crypto';
import type { XmlAttribute, XmlElement } from './xml-element';

export interface Canonicalization {
  /** The prefixes to treat inclusively (xml-exc-c14n section 3, PrefixList). */
  readonly prefixes?: readonly string[];
  /** The elements around it, outermost first: where declarations of those prefixes may stand. */
  readonly around?: readonly XmlElement[];
  /** A child to leave out: the signature that is enveloped. */
  readonly without?: XmlElement;
}

/**
 * Exclusive XML canonicalization, without comments (xml-exc-c14n), of an element and what is in it, by xml-crypto's
 * canonicalizer over the tree that was parsed once.
 */
export function canonicalXml(element: XmlElement, terms: Canonicalization = {}): string {
  const { prefixes = [], around = [], without } = terms;
  const view = new ElementView(element, without);
  if (prefixes.length > 0) view.declare(inherited(prefixes, element, around));
  return canonicalizer.process(view, {
    inclusiveNamespacesPrefixList: [...prefixes],
    ancestorNamespaces: [],
  });
}

/** The library sorts prefixes as a dictionary does; the standard compares code points. */
class Canonicalizer extends ExclusiveCanonicalization {
  override nsCompare(a: { prefix: string }, b: { prefix: string }): number {
    return a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0;
  }
}
const canonicalizer = new Canonicalizer();

/** Declarations that stand further out, of prefixes that the element does not declare itself. */
function inherited(
  prefixes: readonly string[],
  element: XmlElement,
  around: readonly XmlElement[],
): XmlAttribute[] {
  const declarations = new Map<string, XmlAttribute>();
  for (const { attributes } of around) {
    for (const attribute of attributes) {
      if (attribute.prefix === 'xmlns' && prefixes.includes(attribute.local))
        declarations.set(attribute.local, attribute);
    }
  }
  for (const { prefix, local } of element.attributes) if (prefix === 'xmlns') declarations.delete(local);
  return [...declarations.values()];
}

/** As much of the Document Object Model as the canonicalizer reads. */
class ElementView {
  readonly nodeType = 1;
  readonly nodeName: string;
  readonly tagName: string;
  readonly prefix: string;
  readonly localName: string;
  readonly namespaceURI: string;
  readonly attributes: AttributeView[];
  readonly childNodes: (ElementView | TextView)[];

  constructor(element: XmlElement, without?: XmlElement) {
    const { prefix, local, uri } = element;
    this.tagName = prefix ? `${prefix}:${local}` : local;
    this.nodeName = this.tagName;
    this.prefix = prefix;
    this.localName = local;
    this.namespaceURI = uri;
    this.attributes = element.attributes.map(attributeView);
    this.childNodes = [];
    for (const part of element.content) {
      if (typeof part === 'string') this.childNodes.push(new TextView(part));
      else if (part !== without) this.childNodes.push(new ElementView(part));
    }
  }

  declare(declarations: readonly XmlAttribute[]): void {
    this.attributes.push(...declarations.map(attributeView));
  }

  getAttribute(name: string): string | null {
    return this.attributes.find((attribute) => attribute.name === name)?.value ?? null;
  }

  /** What a node must have to pass for one. */
  appendChild(): never {
    throw new Error('This view is for reading only.');
  }

  removeChild(): never {
    throw new Error('This view is for reading only.');
  }
}

class TextView {
  readonly nodeType = 3;
  readonly nodeName = '#text';

  constructor(readonly data: string) {}
}

interface AttributeView {
  readonly name: string;
  readonly prefix: string;
  readonly localName: string;
  readonly namespaceURI: string;
  readonly value: string;
}

function attributeView({ name, prefix, local, uri, value }: XmlAttribute): AttributeView {
  // A default declaration has no prefix that could stand in a PrefixList.
  if (name === 'xmlns') return { name, prefix: '', localName: name, namespaceURI: uri, value };
  return { name, prefix, localName: local, namespaceURI: uri, value };
}
