import { attribute, childrenOf, decodeUtf8, everyElement, readStrictXml, XmlRefused } from './strict-xml';
import type { XmlLimits } from './xml-element';

const LIMITS: XmlLimits = { maxDepth: 4, maxElements: 10, maxAttributes: 5, comments: 'refuse' };
const read = (xml: string, limits: Partial<XmlLimits> = {}) => readStrictXml(xml, { ...LIMITS, ...limits });

function fault(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof XmlRefused) return error.fault;
    throw error;
  }
  return undefined;
}

describe('Strict XML', () => {
  it('reads elements by namespace, whatever the prefix', () => {
    const root = read('<a:r xmlns:a="urn:x"><b:c xmlns:b="urn:x" d="1">text</b:c><c xmlns="urn:y"/></a:r>');
    const [child] = childrenOf(root, 'urn:x', 'c');
    expect(childrenOf(root, 'urn:x', 'c')).toHaveLength(1);
    expect(child && attribute(child, 'd')).toBe('1');
    expect(child?.text).toBe('text');
    expect(everyElement(root).map(({ local }) => local)).toEqual(['r', 'c', 'c']);
  });

  it('knows the five entities and character references, and nothing else', () => {
    expect(read('<r>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</r>').text).toBe('<&>"\'AB');
    expect(fault(() => read('<r>&nbsp;</r>'))).toBe('xml_malformed');
  });

  it('finds no unprefixed attribute under a prefixed name', () => {
    expect(attribute(read('<r xmlns:x="urn:x" x:id="1"/>'), 'id')).toBeUndefined();
  });

  it.each([
    ['xml_doctype', '<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>'],
    ['xml_doctype', '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>'],
    ['xml_comment', '<r>a<!-- b -->c</r>'],
    ['xml_cdata', '<r><![CDATA[x]]></r>'],
    ['xml_processing_instruction', '<?xml-stylesheet href="x"?><r/>'],
    ['xml_malformed', '<r><a></r>'],
    ['xml_malformed', '<r/><r/>'],
    ['xml_malformed', 'text'],
    ['xml_malformed', ''],
    ['xml_malformed', '<r a="1" a="2"/>'],
    ['xml_malformed', '<r xmlns:x="urn:x" xmlns:y="urn:x" x:a="1" y:a="2"/>'],
    ['xml_malformed', '<x:r/>'],
    ['xml_malformed', '<r>&#0;</r>'],
    ['xml_malformed', '<?xml version="1.1"?><r/>'],
    ['xml_encoding', '<?xml version="1.0" encoding="UTF-16"?><r/>'],
    ['xml_encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><r/>'],
    ['xml_namespace', '<r xmlnsx="urn:x"/>'],
    ['xml_namespace', '<r XMLNS="urn:x"/>'],
    ['xml_namespace', '<r xmlns="relative"/>'],
    ['xml_namespace', '<r xmlns:x="relative"/>'],
    ['xml_namespace', '<r xmlns:x="urn:&quot;x"/>'],
    ['xml_namespace', '<r xmlns:x="urn:&lt;x"/>'],
    ['xml_too_deep', '<a><a><a><a><a/></a></a></a></a>'],
    ['xml_too_many_attributes', '<r a="" b="" c=""><s d="" e="" f=""/></r>'],
    ['xml_too_many_elements', `<r>${'<a/>'.repeat(10)}</r>`],
  ])('refuses as %p: %s', (expected, xml) => {
    expect(fault(() => read(xml))).toBe(expected);
  });

  it('reads up to its limits, and names that only end like a declaration', () => {
    // The character reference leaves the document to the complete parser.
    expect(read(`<r>&#65;${'<a/>'.repeat(9)}</r>`).children).toHaveLength(9);
    expect(read('<a><a><a><a>&#65;</a></a></a></a>').local).toBe('a');
    expect(read('<r a="" b="" c="" d="" myxmlns="&#65;"/>').attributes).toHaveLength(5);
  });

  it('steps over comments where they do no harm', () => {
    expect(read('<r>a<!-- b -->c</r>', { comments: 'skip' }).text).toBe('ac');
  });

  it('stops at the limit instead of reading on', () => {
    const bomb = '<a>'.repeat(200_000);
    const start = process.hrtime.bigint();
    expect(fault(() => read(bomb))).toBe('xml_too_deep');
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(500);
  });

  it('takes bytes only when they are UTF-8, and drops a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeff<r/>'))).toBe('<r/>');
    expect(fault(() => decodeUtf8(Buffer.from([0x3c, 0xff, 0x3e])))).toBe('xml_encoding');
    expect(fault(() => decodeUtf8(Buffer.from('\ufeff<r/>', 'utf16le')))).toBe('xml_encoding');
  });
});
