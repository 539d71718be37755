import { ExclusiveCanonicalization } from 'xml-crypto';
import type { XmlAttribute, XmlElement } from './xml-element';

export interface Canonicalization {
  /** The prefixes to treat inclusively (xml-exc-c14n section 3, PrefixList); `#default` stands for none. */
  readonly prefixes?: readonly string[];
  /** The ancestors of the element, outermost first, which may declare `prefixes`. */
  readonly around?: readonly XmlElement[];
  /** A child to leave out: the signature that is enveloped. */
  readonly without?: XmlElement;
  /** Of this element, or of a child of it. */
  readonly twiceSigned?: TwiceSigned | undefined;
}

/**
 * Exclusive XML canonicalization, without comments (xml-exc-c14n), of an element and what is in it, by xml-crypto's
 * canonicalizer over the tree that was parsed once.
 */
export function canonicalXml(element: XmlElement, terms: Canonicalization = {}): string {
  const { prefixes = [], around = [], without, twiceSigned } = terms;
  const view = new ElementView(element, without, twiceSigned);
  if (prefixes.length > 0) view.declare(inherited(prefixes, element, around));
  return canonicalizer.process(view, {
    inclusiveNamespacesPrefixList: [...prefixes],
    ancestorNamespaces: [],
  });
}

/**
 * A signed element within a signed parent, as when an identity provider signs response and assertion. Caches the
 * canonical form of the inner elements, which is needed for both signatures. Must not hold closures that refer to it:
 * V8 would then keep each document until a major collection.
 */
export class TwiceSigned {
  private readonly kept = new Map<XmlElement, KeptView>();

  constructor(readonly element: XmlElement) {}

  /** Of a part of it: the same each time. */
  viewOf(part: XmlElement): KeptView {
    const known = this.kept.get(part);
    if (known) return known;
    const view = new KeptView(part);
    this.kept.set(part, view);
    return view;
  }
}

/** The name of the default namespace in a PrefixList. */
const DEFAULT = '#default';

type Order = -1 | 0 | 1;

interface Binding {
  readonly prefix: string;
  readonly namespaceURI: string;
}

class Canonicalizer extends ExclusiveCanonicalization {
  /** The library sorts prefixes as a dictionary does; the standard compares code points. */
  override nsCompare(a: Binding, b: Binding): Order {
    return order(a.prefix, b.prefix);
  }

  /**
   * The library compares namespace and name as one concatenated text, which misorders a namespace that is a prefix of
   * another.
   */
  override attrCompare(a: AttributeView, b: AttributeView): Order {
    return order(a.namespaceURI, b.namespaceURI) || order(a.localName, b.localName);
  }

  /** Of an element with a prefix the library leaves the default namespace out, also where the list wants it. */
  override renderNs(
    node: ElementView,
    bindings: Binding[],
    byDefault: string,
    byDefaultFor: Record<string, string>,
    prefixes: string[],
  ): { rendered: string; newDefaultNs: string } {
    const own = super.renderNs(node, bindings, byDefault, byDefaultFor, prefixes);
    const wanted = node.prefix && prefixes.includes(DEFAULT) ? node.getAttribute('xmlns') : null;
    if (wanted === null || wanted === byDefault) return own;
    return { rendered: ` xmlns="${wanted}"${own.rendered}`, newDefaultNs: wanted };
  }

  override processInner(
    node: unknown,
    bindings: readonly Binding[],
    byDefault: string,
    byDefaultFor: unknown,
    prefixes: string[],
  ): string {
    if (!(node instanceof KeptView))
      return super.processInner(node, bindings, byDefault, byDefaultFor, prefixes);
    const surroundings = node.concernedBy({ bindings, byDefault, prefixes });
    const known = node.renderedIn(surroundings);
    if (known !== undefined) return known;
    const text = super.processInner(node, bindings, byDefault, byDefaultFor, prefixes);
    node.keep(surroundings, text);
    return text;
  }
}
const canonicalizer = new Canonicalizer();

const order = (a: string, b: string): Order => (a < b ? -1 : a > b ? 1 : 0);

/** Declarations that stand further out, of prefixes that the element does not declare itself. */
function inherited(
  prefixes: readonly string[],
  element: XmlElement,
  around: readonly XmlElement[],
): XmlAttribute[] {
  const declarations = new Map<string, XmlAttribute>();
  for (const attribute of around.flatMap(({ attributes }) => attributes)) {
    const declared = declaredBy(attribute);
    if (declared !== undefined && prefixes.includes(declared)) declarations.set(declared, attribute);
  }
  for (const attribute of element.attributes) declarations.delete(declaredBy(attribute) ?? '');
  return [...declarations.values()];
}

/** The prefix that an attribute declares, as a list of prefixes names it. */
function declaredBy({ name, prefix, local }: XmlAttribute): string | undefined {
  if (name === 'xmlns') return DEFAULT;
  return prefix === 'xmlns' ? local : undefined;
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

  constructor(element: XmlElement, without?: XmlElement, twiceSigned?: TwiceSigned) {
    const { prefix, local, uri } = element;
    this.tagName = prefix ? `${prefix}:${local}` : local;
    this.nodeName = this.tagName;
    this.prefix = prefix;
    this.localName = local;
    this.namespaceURI = uri;
    this.attributes = element.attributes.map(attributeView);
    this.childNodes = [];
    const keeper = twiceSigned?.element === element ? twiceSigned : undefined;
    for (const part of element.content) {
      if (typeof part === 'string') this.childNodes.push(new TextView(part));
      else if (part !== without)
        this.childNodes.push(keeper ? keeper.viewOf(part) : new ElementView(part, undefined, twiceSigned));
    }
  }

  declare(declarations: readonly XmlAttribute[]): void {
    this.attributes.push(...declarations.map(attributeView));
  }

  getAttribute(name: string): string | null {
    return this.attributes.find((attribute) => attribute.name === name)?.value ?? null;
  }

  /** Needed to look like a DOM node to the library. */
  appendChild(): never {
    throw new Error('This view is for reading only.');
  }

  removeChild(): never {
    throw new Error('This view is for reading only.');
  }
}

/** The namespace context in which an element is rendered. */
interface Surroundings {
  /** Namespaces that are declared already, outermost first. */
  readonly bindings: readonly Binding[];
  readonly byDefault: string;
  /** To be treated inclusively. */
  readonly prefixes: readonly string[];
}

/** A view that remembers what it was rendered as. */
class KeptView extends ElementView {
  private readonly used: string[] = [];
  private surroundings: Surroundings | undefined;
  private text = '';

  constructor(element: XmlElement) {
    super(element);
    notePrefixes(this, this.used);
  }

  /** The part of the context that the result depends on. */
  concernedBy({ bindings, byDefault, prefixes }: Surroundings): Surroundings {
    const concerned = bindings.filter(
      ({ prefix }) => this.used.includes(prefix) || prefixes.includes(prefix),
    );
    return { bindings: concerned, byDefault, prefixes };
  }

  /** What it was rendered as the last time, unless something around it was different then. */
  renderedIn({ bindings, byDefault, prefixes }: Surroundings): string | undefined {
    const { surroundings: last } = this;
    const isSame =
      last?.byDefault === byDefault &&
      areAll(prefixes, last.prefixes, (one, other) => one === other) &&
      areAll(bindings, last.bindings, isSameBinding);
    return isSame ? this.text : undefined;
  }

  keep(surroundings: Surroundings, text: string): void {
    this.surroundings = surroundings;
    this.text = text;
  }
}

const isSameBinding = (one: Binding, other: Binding): boolean =>
  one.prefix === other.prefix && one.namespaceURI === other.namespaceURI;

const areAll = <T>(some: readonly T[], others: readonly T[], same: (one: T, other: T) => boolean): boolean =>
  some.length === others.length && some.every((one, at) => same(one, others[at]!));

function notePrefixes({ prefix, attributes, childNodes }: ElementView, used: string[]): void {
  if (!used.includes(prefix)) used.push(prefix);
  for (const attribute of attributes) if (!used.includes(attribute.prefix)) used.push(attribute.prefix);
  for (const child of childNodes) if (child instanceof ElementView) notePrefixes(child, used);
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
