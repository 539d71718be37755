import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE, FAMILIES } from '../sso-connections/diagnosis/catalogue';
import type { Diagnosis } from '../sso-connections/diagnosis/diagnosis';
import { explain } from '../sso-connections/diagnosis/explain';
import { PLACES, VENDORS, vendorOf } from '../sso-connections/diagnosis/vendor-consoles';
import { ID_TOKEN_REFUSALS, OIDC_REFUSALS } from './oidc/protocol/refusal';
import { SAML_LOGOUT_REFUSALS } from './saml/protocol/logout-refusal';
import { SAML_REFUSALS } from './saml/protocol/refusal';

/** Codes that the rooms, seen from here, name where they refuse somebody. */
function codesIn(folder: string): string[] {
  const directory = join(__dirname, folder);
  const sources = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(join(directory, file), 'utf8'));
  const shapes = [
    /\bnew (?:BadRequest|Conflict|Unauthorized)\(\s*'([a-z_]+)'/g,
    /\bnew (?:MetadataRefused|OidcDiscoveryRefused|CertificateRefused)\(\s*'([a-z_]+)'/g,
    /\bnew Problem\(\s*\d+,\s*'([a-z_]+)'/g,
    /\bnew Forbidden\(\s*'[^']*',\s*'([a-z_]+)'/g,
    /\brefusal\(\s*'([a-z_]+)'/g,
  ];
  return sources.flatMap((source) =>
    shapes.flatMap((shape) => [...source.matchAll(shape)].map(([, code]) => code!)),
  );
}

/** Refusals of programs that redeem a code, not of browsers that sign in. */
const NO_SIGN_INS = ['invalid_code', 'invalid_code_verifier', 'code_verifier_required'];

/** Where a sign-in, its end and the set-up of a connection may be refused. */
const ROOMS = ['identities', 'browser', 'logout', 'setup', '../sso-connections', '../domains', '../outbound'];

describe('Every refusal of a sign-in, of logging out and of setting up', () => {
  const named = [
    ...ROOMS.flatMap(codesIn),
    ...codesIn('../access').filter((code) => code === 'plan_required'),
  ].filter((code) => !NO_SIGN_INS.includes(code));
  const codes = [
    // Of a workspace whose plan lacks the feature, whatever it tries.
    'plan_required',
    ...Object.keys(SAML_REFUSALS),
    ...Object.keys(SAML_LOGOUT_REFUSALS),
    ...Object.keys(OIDC_REFUSALS),
    ...Object.keys(ID_TOKEN_REFUSALS),
    ...named,
  ];

  it('is found where it is made', () => {
    const known = ['request_unknown', 'browser_mismatch', 'member_removed', 'logout_request_expired'];
    const ofSetUp = ['test_required', 'metadata_no_certificate', 'oidc_issuer_invalid'];
    expect(named).toEqual(expect.arrayContaining([...known, ...ofSetUp]));
    expect(codes.length).toBeGreaterThan(150);
  });

  it('has an entry in the catalogue', () => {
    expect(codes.filter((code) => !CATALOGUE.has(code))).toEqual([]);
  });

  it('says where in the console, when the admin of the identity provider has to put a sign-in right', () => {
    const signIns = Object.entries(FAMILIES).filter(([family]) => !family.startsWith('Setting up'));
    const nowhere = signIns
      .flatMap(([, family]) => Object.entries<Diagnosis>(family))
      .filter(([, { owner, place }]) => owner === 'idp_admin' && !place)
      .map(([code]) => code);
    expect(nowhere).toEqual([]);
  });

  it.each([...new Set(codes)])('%s: says who puts it right and how, for every vendor', (code) => {
    for (const provider of VENDORS) {
      const found = explain(code, { provider, addresses: {} });
      expect(found.owner).toMatch(/^(idp_admin|workspace_admin|operator)$/);
      expect(found.title).not.toBe('The sign-in was refused');
      for (const text of [found.explanation, found.hint]) expect(text).toMatch(/^\w.*\.$/);
      expect(found.hint).not.toMatch(/[{}]/);
    }
  });
});

describe('An explanation', () => {
  const addresses = { acsUrl: 'https://login.test/acs', entityId: 'https://login.test/metadata' };

  it('names the exact value to set', () => {
    expect(explain('saml_audience_mismatch', { provider: 'okta', addresses }).hint).toBe(
      'Enter https://login.test/metadata as entity ID (audience).',
    );
    expect(explain('saml_recipient_mismatch', { provider: 'okta', addresses }).hint).toContain(
      addresses.acsUrl,
    );
  });

  it('says where in the words of the vendor', () => {
    const where = (provider: string) => explain('saml_audience_mismatch', { provider, addresses }).where;
    expect(where('okta')).toContain('Audience URI (SP Entity ID)');
    expect(where('Entra')).toContain('Identifier (Entity ID)');
    expect(where('something else')).toBe(PLACES.entity_id.generic);
  });

  it.each([
    ['Okta', 'okta'],
    ['azure', 'entra'],
    ['Azure AD', 'entra'],
    ['Microsoft Entra ID', 'entra'],
    ['google-workspace', 'google'],
    ['Google Workspace', 'google'],
    ['Ping Federate', 'ping'],
    ['pingfederate', 'ping'],
    ['other', 'generic'],
    ['constructor', 'generic'],
  ])('takes %s for %s', (provider, vendor) => {
    expect(vendorOf(provider)).toBe(vendor);
  });

  it('of an unknown code sends to the log', () => {
    expect(explain('__proto__', { provider: 'okta', addresses })).toMatchObject({
      owner: 'operator',
      where: null,
    });
  });
});
