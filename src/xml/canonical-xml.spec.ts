import { readStrictXml } from './strict-xml';
import { canonicalXml, TwiceSigned } from './canonical-xml';

const LIMITS = { maxDepth: 32, maxElements: 2000, maxAttributes: 4000, comments: 'refuse' } as const;

/** The canonical form of the first child of the root, so that the root can hold declarations. */
const inner = (xml: string) => canonicalXml(readStrictXml(xml, LIMITS).children[0]!);

describe('Exclusive canonical XML', () => {
  it.each([
    ['writes empty elements with a start and an end', '<r><a/></r>', '<a></a>'],
    [
      'declares what is used, where it is used',
      '<r xmlns:x="urn:x" xmlns:y="urn:y"><x:a><y:b/></x:a></r>',
      '<x:a xmlns:x="urn:x"><y:b xmlns:y="urn:y"></y:b></x:a>',
    ],
    ['leaves out what is not used', '<r xmlns:x="urn:x"><a xmlns:y="urn:y" b="x:c"/></r>', '<a b="x:c"></a>'],
    [
      'declares once what lies around',
      '<x:r xmlns:x="urn:x"><x:a><x:b/></x:a></x:r>',
      '<x:a xmlns:x="urn:x"><x:b></x:b></x:a>',
    ],
    [
      'declares anew what has changed',
      '<r xmlns="urn:x"><a><b xmlns="urn:y"/></a></r>',
      '<a xmlns="urn:x"><b xmlns="urn:y"></b></a>',
    ],
    [
      'takes a default namespace back',
      '<r xmlns="urn:x"><a><b xmlns=""/></a></r>',
      '<a xmlns="urn:x"><b xmlns=""></b></a>',
    ],
    [
      'counts the prefixes of attributes as used',
      '<r xmlns:x="urn:x"><a x:b="c"/></r>',
      '<a xmlns:x="urn:x" x:b="c"></a>',
    ],
    [
      'sorts attributes by namespace, then name',
      '<r xmlns:b="urn:a" xmlns:a="urn:b"><e a:x="1" b:y="2" z="3" c="4"/></r>',
      '<e xmlns:a="urn:b" xmlns:b="urn:a" c="4" z="3" b:y="2" a:x="1"></e>',
    ],
    [
      'sorts by whole namespaces where one begins with another',
      '<r xmlns:a="urn:ab" xmlns:b="urn:a"><e a:a="1" b:z="2"/></r>',
      '<e xmlns:a="urn:ab" xmlns:b="urn:a" b:z="2" a:a="1"></e>',
    ],
    ['knows the prefix xml without a declaration', '<r><a xml:lang="en"/></r>', '<a xml:lang="en"></a>'],
    ['keeps text where it stands', '<r><a>\n  1<b/>2\n</a></r>', '<a>\n  1<b></b>2\n</a>'],
    ['writes line ends as one character', '<r><a>1\r\n2\r3</a></r>', '<a>1\n2\n3</a>'],
    ['escapes in text', '<r><a>&lt;&gt;&amp;"&#13;&#9;</a></r>', '<a>&lt;&gt;&amp;"&#xD;\t</a>'],
    [
      'escapes in attributes',
      '<r><a b="&lt;&gt;&amp;&quot;&#13;&#9;&#10;"/></r>',
      '<a b="&lt;>&amp;&quot;&#xD;&#x9;&#xA;"></a>',
    ],
    ['uses no single quotes', `<r><a b='"c"'/></r>`, '<a b="&quot;c&quot;"></a>'],
  ])('%s', (_, xml, canonical) => {
    expect(inner(xml)).toBe(canonical);
  });

  it.each([
    [
      'declares what the list names though nothing uses it, also when it stands further out',
      '<q xmlns:x="urn:outer" xmlns:y="urn:y"><r xmlns:x="urn:x"><a b="x:c"/></r></q>',
      '<a xmlns:x="urn:x" b="x:c"></a>',
    ],
    [
      'takes the own declaration of an element for it',
      '<q><r xmlns:x="urn:x"><a xmlns:x="urn:own" b="x:c"/></r></q>',
      '<a xmlns:x="urn:own" b="x:c"></a>',
    ],
    [
      'sorts declarations by code points',
      '<q xmlns:x="urn:x"><r xmlns:X="urn:X" xmlns:_="urn:_"><_:a X:b="1" _:b="2"/></r></q>',
      '<_:a xmlns:X="urn:X" xmlns:_="urn:_" xmlns:x="urn:x" X:b="1" _:b="2"></_:a>',
    ],
  ])('with a list of prefixes %s', (_, xml, canonical) => {
    const outer = readStrictXml(xml, LIMITS);
    const around = [outer, outer.children[0]!];
    expect(canonicalXml(around[1]!.children[0]!, { prefixes: ['x'], around })).toBe(canonical);
  });

  it.each([
    [
      'declares it on the outermost element, which has a prefix, and not again',
      '<r xmlns="urn:d" xmlns:x="urn:x"><x:a><x:b/><c/></x:a></r>',
      '<x:a xmlns="urn:d" xmlns:x="urn:x"><x:b></x:b><c></c></x:a>',
    ],
    [
      'declares anew, also where nothing uses it, what has changed',
      '<r xmlns="urn:d" xmlns:x="urn:x"><x:a><x:b xmlns="urn:e"><c/></x:b><c/></x:a></r>',
      '<x:a xmlns="urn:d" xmlns:x="urn:x"><x:b xmlns="urn:e"><c></c></x:b><c></c></x:a>',
    ],
    [
      'takes back what stands further out',
      '<r xmlns="urn:d" xmlns:x="urn:x"><x:a><x:b xmlns=""/></x:a></r>',
      '<x:a xmlns="urn:d" xmlns:x="urn:x"><x:b xmlns=""></x:b></x:a>',
    ],
    [
      'prefers what the outermost element declares itself',
      '<r xmlns="urn:d" xmlns:x="urn:x"><x:a xmlns="urn:own"/></r>',
      '<x:a xmlns="urn:own" xmlns:x="urn:x"></x:a>',
    ],
    [
      'says nothing where there is none, or none any more',
      '<r xmlns="" xmlns:x="urn:x"><x:a/></r>',
      '<x:a xmlns:x="urn:x"></x:a>',
    ],
  ])('with the default namespace in the list %s', (_, xml, canonical) => {
    const outer = readStrictXml(xml, LIMITS);
    expect(canonicalXml(outer.children[0]!, { prefixes: ['#default'], around: [outer] })).toBe(canonical);
  });

  it('leaves out the one child it is told to, and no other like it', () => {
    const root = readStrictXml('<r><a>1</a>-<a>2</a><b><a>3</a></b></r>', LIMITS);
    expect(canonicalXml(root, { without: root.children[0]! })).toBe('<r>-<a>2</a><b><a>3</a></b></r>');
  });
});

describe('An element that is signed in another that is signed', () => {
  const SIGNATURE = '<s:Signature xmlns:s="urn:s"><s:Value>1</s:Value></s:Signature>';

  it.each([
    [
      'declares all it uses itself',
      '<p:r xmlns:p="urn:p">S<a:a xmlns:a="urn:a">S<a:b c="1">x<a:d/></a:b></a:a></p:r>',
    ],
    [
      'uses a prefix of its parent, which the parent uses, too',
      '<p:r xmlns:p="urn:p" xmlns:a="urn:a" a:q="1">S<a:a>S<a:b p:c="1"><p:d/></a:b></a:a></p:r>',
    ],
    [
      'uses a prefix that only its parent has in scope',
      '<p:r xmlns:p="urn:p" xmlns:x="urn:x" x:q="1">S<a:a xmlns:a="urn:a">S<a:b x:c="1"/><x:b/></a:a></p:r>',
    ],
    [
      'gives a prefix of its parent another meaning',
      '<p:r xmlns:p="urn:p">S<p:a xmlns:p="urn:a">S<p:b><p:c/></p:b><p:d xmlns:p="urn:p"/></p:a></p:r>',
    ],
    [
      'goes without prefixes where its parent does',
      '<r xmlns="urn:p">S<a xmlns="urn:a">S<b><c xmlns=""/></b></a></r>',
    ],
    [
      'has children in the default namespace of its parent',
      '<r xmlns="urn:p">S<a:a xmlns:a="urn:a">S<b><c/></b></a:a></r>',
    ],
    [
      'declares again what its parent has in scope and nothing in it uses',
      '<x:r xmlns:x="urn:x">S<a>S<b xmlns:x="urn:x" c="x:d"/></a></x:r>',
    ],
    ['is in the default namespace of its parent', '<r xmlns="urn:p">S<a>S<b/><p:c xmlns:p="urn:p"/></a></r>'],
    ['has text with characters to escape', '<r>S<a>S<b c="&quot;&#9;">&lt;&#13;</b>&amp;</a></r>'],
  ])('is rendered as by itself where it %s', (_, template) => {
    const xml = template.replaceAll('S', SIGNATURE);
    for (const around of [[], ['x'], ['p'], ['a', 'p'], ['#default']]) {
      for (const inside of [[], ['x'], ['p'], ['a', 'p'], ['#default']]) {
        const root = readStrictXml(xml, LIMITS);
        const signed = root.children[1]!;
        const outer = { prefixes: around, without: root.children[0]! };
        const inner = { prefixes: inside, without: signed.children[0]! };
        const twiceSigned = new TwiceSigned(signed);
        expect(canonicalXml(root, { ...outer, twiceSigned })).toBe(canonicalXml(root, outer));
        for (const terms of [inner, { ...inner, around: [root] }])
          expect(canonicalXml(signed, { ...terms, twiceSigned })).toBe(canonicalXml(signed, terms));
      }
    }
  });
});
