import { SaxesParser, type SaxesTagNS } from 'saxes';
import { ABSOLUTE_URI, readPlainXml } from './plain-xml';
import type { XmlAttribute, XmlElement, XmlLimits } from './xml-element';

/** Why a document was refused; callers put their own prefix in front to make it a code of theirs. */
export type XmlFault =
  | 'xml_malformed'
  | 'xml_encoding'
  | 'xml_doctype'
  | 'xml_comment'
  | 'xml_processing_instruction'
  | 'xml_cdata'
  | 'xml_namespace'
  | 'xml_too_deep'
  | 'xml_too_many_elements'
  | 'xml_too_many_attributes';

/** The document is not XML that this service reads. `message` is for logs, `fault` for answers. */
export class XmlRefused extends Error {
  override readonly name = 'XmlRefused';

  constructor(
    readonly fault: XmlFault,
    message: string,
  ) {
    super(message);
  }
}

interface OpenElement extends XmlElement {
  content: (OpenElement | string)[];
  children: OpenElement[];
  text: string;
}

/**
 * Parses namespace-aware XML 1.0 to a small tree. Refuses everything that parsers read differently or that makes them
 * work for an attacker: DOCTYPE and entities, CDATA, processing instructions, unusual namespace declarations,
 * excessive depth or size. Fetches and expands nothing.
 * @throws XmlRefused naming the first fault
 */
export function readStrictXml(text: string, limits: XmlLimits): XmlElement {
  return readPlainXml(text, limits) ?? readWithParser(text, limits);
}

/** The same by a complete XML parser, whatever the document looks like. */
export function readWithParser(text: string, limits: XmlLimits): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let elements = 0;
  let attributes = 0;

  parser.on('error', (error) => refuse('xml_malformed', error.message));
  parser.on('doctype', () => refuse('xml_doctype', 'a DOCTYPE declaration'));
  parser.on('cdata', () => refuse('xml_cdata', 'a CDATA section'));
  parser.on('processinginstruction', ({ target }) =>
    refuse('xml_processing_instruction', `the processing instruction ${target}`),
  );
  parser.on('comment', () => {
    if (limits.comments === 'refuse') refuse('xml_comment', 'a comment');
  });
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0') refuse('xml_malformed', `XML version ${version}`);
    if (encoding && encoding.toLowerCase() !== 'utf-8')
      refuse('xml_encoding', `the declared encoding ${encoding}`);
  });
  parser.on('opentagstart', () => {
    if (++elements > limits.maxElements)
      refuse('xml_too_many_elements', `more than ${limits.maxElements} elements`);
    if (open.length >= limits.maxDepth) refuse('xml_too_deep', `more than ${limits.maxDepth} levels`);
  });
  parser.on('attribute', () => {
    if (++attributes > limits.maxAttributes)
      refuse('xml_too_many_attributes', `more than ${limits.maxAttributes} attributes`);
  });
  parser.on('opentag', (tag) => {
    const element = elementOf(tag);
    refuseOddNamespaces(element.attributes);
    open.at(-1)?.children.push(element);
    open.at(-1)?.content.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('text', (characters) => {
    const innermost = open.at(-1);
    if (!innermost) return;
    innermost.text += characters;
    innermost.content.push(characters);
  });
  parser.on('closetag', () => void open.pop());

  parser.write(text).close();
  return root ?? refuse('xml_malformed', 'no root element');
}

/** Decodes bytes that must be UTF-8; a byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('xml_encoding', 'bytes that are not UTF-8');
  }
}

/** The value of an attribute that carries no prefix, as all of SAML's own do. */
export function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((candidate) => candidate.name === name)?.value;
}

export function childrenOf(element: XmlElement, uri: string, local: string): XmlElement[] {
  return element.children.filter((child) => child.uri === uri && child.local === local);
}

/** Every element below and including this one, in document order. */
export function everyElement(element: XmlElement): XmlElement[] {
  const elements = [element];
  for (const child of element.children) elements.push(...everyElement(child));
  return elements;
}

function elementOf({ prefix, uri, local, attributes }: SaxesTagNS): OpenElement {
  return { prefix, uri, local, attributes: Object.values(attributes), content: [], children: [], text: '' };
}

/** Canonicalisers have been misled by look-alike declarations and by URIs that need escaping. */
function refuseOddNamespaces(attributes: readonly XmlAttribute[]): void {
  for (const { name, prefix, value } of attributes) {
    if (!/^xmlns/i.test(name)) continue;
    if (name !== 'xmlns' && prefix !== 'xmlns') refuse('xml_namespace', `the attribute ${name}`);
    const undeclares = name === 'xmlns' && value === '';
    if (!undeclares && !ABSOLUTE_URI.test(value)) refuse('xml_namespace', `the namespace ${value}`);
  }
}

function refuse(fault: XmlFault, found: string): never {
  throw new XmlRefused(fault, `Refused in the XML: ${found}`);
}
