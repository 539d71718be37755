import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPlainXml } from './plain-xml';
import { readWithParser, XmlRefused } from './strict-xml';
import type { XmlLimits } from './xml-element';

const LIMITS: XmlLimits = { maxDepth: 32, maxElements: 2000, maxAttributes: 4000, comments: 'refuse' };
const FIXTURES = join(__dirname, '../../test/fixtures/saml');
const documents = readdirSync(FIXTURES).flatMap((vendor) =>
  ['metadata.xml', 'response.xml'].map((file) => readFileSync(join(FIXTURES, vendor, file), 'utf8')),
);

/** What the complete parser makes of a document; undefined when it refuses it. */
function parsed(text: string): unknown {
  try {
    return readWithParser(text, LIMITS);
  } catch (error) {
    if (error instanceof XmlRefused) return undefined;
    throw error;
  }
}

/** A small generator with a seed (mulberry32), so that a failure can be had again. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const PIECES = [
  ...[
    '<',
    '>',
    '/',
    '"',
    "'",
    '&',
    ';',
    '=',
    ' ',
    '\t',
    '\n',
    '\r',
    ':',
    ']]>',
    '<a>',
    '</a>',
    '<a/>',
    '<!--x-->',
  ],
  ...[
    '<![CDATA[x]]>',
    '<?x y?>',
    '<!DOCTYPE x>',
    '&amp;',
    '&lt;',
    '&#65;',
    '&#0;',
    '&eacute;',
    'é',
    '\u0000',
    '\ufeff',
  ],
  ...[
    '\u{1f600}',
    '\ud800',
    ' xmlns="urn:x"',
    ' xmlns:a="urn:a"',
    ' a:b="c"',
    ' xmlns:a=""',
    ' XMLNS="urn:x"',
    ' id="1"',
  ],
  ...[
    ' xmlns:xml="urn:x"',
    ' xml:lang="en"',
    ' xmlns="relative"',
    ' a="1" a="2"',
    '<a:b/>',
    '<1/>',
    '-',
    '.',
    '\u0085',
  ],
];

describe('Plain XML', () => {
  it('is what identity providers send, and is read as a complete parser reads it', () => {
    const read = documents.map((text) => readPlainXml(text.replaceAll('\r\n', '\n').trim(), LIMITS));
    expect(read.filter((tree) => tree !== undefined).length).toBeGreaterThan(documents.length / 2);
    for (const text of documents) {
      const plain = readPlainXml(text, LIMITS);
      if (plain) expect(plain).toEqual(readWithParser(text, LIMITS));
    }
  });

  it('is read alike or not at all, whatever is put into a document', () => {
    const roll = dice(20_261_125);
    let both = 0;
    for (let round = 0; round < 12_000; round += 1) {
      let text = SMALL[roll(SMALL.length)]!;
      for (let changes = 1 + roll(3); changes > 0; changes -= 1) {
        const [at, cut] = [roll(text.length + 1), roll(3) === 0 ? roll(6) : 0];
        text = text.slice(0, at) + PIECES[roll(PIECES.length)]! + text.slice(at + cut);
      }
      const plain = readPlainXml(text, LIMITS);
      if (!plain) continue;
      both += 1;
      expect({ text, tree: plain }).toEqual({ text, tree: parsed(text) });
    }
    expect(both).toBeGreaterThan(300);
  });

  it.each([
    ['comments', '<r>a<!-- b -->c</r>'],
    ['character references', '<r>&#65;</r>'],
    ['line ends of other systems', '<r>\r\n</r>'],
    ['characters that few documents hold', '<r>\u{1f600}</r>'],
    ['attributes over several lines', '<r a="1\n2"/>'],
    ['an encoding of its own', '<?xml version="1.0" encoding="ISO-8859-1"?><r/>'],
  ])('leaves %s to the complete parser', (_, text) => {
    expect(readPlainXml(text, LIMITS)).toBeUndefined();
  });

  it('gives up beyond the limits', () => {
    const within = { ...LIMITS, maxDepth: 2, maxElements: 3, maxAttributes: 2 };
    expect(readPlainXml('<r><a b="1"/><a b="2"/></r>', within)).toBeDefined();
    expect(readPlainXml('<r><a><b/></a></r>', within)).toBeUndefined();
    expect(readPlainXml('<r><a/><a/><a/></r>', within)).toBeUndefined();
    expect(readPlainXml('<r a="1" b="2" c="3"/>', within)).toBeUndefined();
  });
});

const SMALL = [
  '<r xmlns="urn:r" xmlns:s="urn:s" a="1"><s:b s:c="2">text &amp; more</s:b><d e=\'3\'/></r>',
  '<?xml version="1.0" encoding="UTF-8"?>\n<a:r xmlns:a="urn:a">\n  <a:b xml:lang="en">x</a:b >\n</a:r>\n',
  '<r><a><b c="&lt;&quot;">é</b></a><a x="1" y="2"></a>tail</r>',
  '<s:r xmlns:s="urn:s" xmlns:t="urn:s"><t:a t:b="1" s:c="2"/><a xmlns=""/></s:r>',
];
