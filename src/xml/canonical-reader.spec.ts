import { signingKey } from '../../test/support/certificates';
import { IDP_SHAPES, idpShape, newId } from '../../test/support/saml-documents';
import { readStrictXml } from './strict-xml';
import { NotCanonical, readCanonicalXml } from './canonical-reader';
import { canonicalXml } from './canonical-xml';

const LIMITS = { maxDepth: 32, maxElements: 2000, maxAttributes: 4000, comments: 'refuse' } as const;

const key = signingKey();
const trust = { acsUrl: 'https://a', spEntityId: 'urn:b', idpEntityId: 'urn:c', requestId: newId() };
/** Adjacent texts are one text, however a reader came by them. */
const plain = (xml: unknown) => JSON.parse(JSON.stringify(xml)) as unknown;

describe('The reader of what was signed', () => {
  it.each(IDP_SHAPES)('finds in the canonical form of %s what the strict reader finds', (name) => {
    const canonical = canonicalXml(readStrictXml(idpShape(name, key).response(trust), LIMITS));
    expect(plain(readCanonicalXml(canonical))).toEqual(plain(readStrictXml(canonical, LIMITS)));
  });

  it.each([
    '<a xmlns="urn:x" b="&lt;&quot;&amp;&#x9;&#xA;&#xD;"><b xmlns=""></b>&lt;&gt;&amp;&#xD;\n</a>',
    '<x:a xmlns:x="urn:x" x:b="1" xml:lang="en"><x:b xmlns:x="urn:y"></x:b><x:b></x:b></x:a>',
    '<a b=">">é\u{1f600}</a>',
  ])('reads %p as the strict reader does', (xml) => {
    expect(plain(readCanonicalXml(xml))).toEqual(plain(readStrictXml(xml, LIMITS)));
  });

  it.each([
    '',
    'a',
    '<a/>',
    '<a>',
    '<a></b>',
    '<a></a>x',
    '<a></a><a></a>',
    ' <a></a>',
    "<a b='c'></a>",
    '<a b="c"d="e"></a>',
    '<a  b="c"></a>',
    '<a b></a>',
    '<a b=x"></a>',
    '<a b=x" c="d"></a>',
    '<!a></!a>',
    '<?a></?a>',
    '<a><!-- x --></a>',
    '<?x y?><a></a>',
    '<!DOCTYPE a><a></a>',
    '<a><![CDATA[x]]></a>',
    '<a>&#65;</a>',
    '<a>&quot;</a>',
    '<a b="&gt;"></a>',
    '<a>&nobody;</a>',
    '<a>&</a>',
    '<x:a></x:a>',
    '<a x:b="c"></a>',
    '<a>text',
    '<a></a',
  ])('refuses %p', (xml) => {
    expect(() => readCanonicalXml(xml)).toThrow(NotCanonical);
  });
});
