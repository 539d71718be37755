import { createPublicKey, createSign, verify, X509Certificate } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Browser, type Page } from './browser';
import type { SigningKey } from './certificates';
import { newId, responseXml, RSA_SHA256, sign, signAssertion, STATUS, toBase64 } from './saml-documents';
import { codeOf, type SamlScene } from './saml-sign-in';

const MINUTE = 60_000;

/** What a test changes about an otherwise impeccable message about logging out. `null` leaves the thing out. */
export interface LogoutTerms {
  id: string;
  version: string;
  issueInstant: Date;
  notOnOrAfter: Date | null;
  destination: string | null;
  issuer: string | null;
  nameId: string | null;
  sessionIndexes: string[];
  extra: string;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly browser: Browser;
}

/** An identity provider that ends sessions: its messages about logging out of one scene's connection. */
export class LogoutIdp {
  constructor(readonly scene: SamlScene) {}

  get sloUrl(): string {
    return `${this.scene.app.baseUrl}/sso/saml/${this.scene.connectionId}/slo`;
  }

  /** Somebody signs in through the connection, with this SessionIndex, and holds an access token. */
  async signIn(sessionIndex: string, nameId = 'ada@acme.test', changes = {}): Promise<SignedIn> {
    const pending = await this.scene.begin();
    const xml = responseXml(pending.trust, {
      ...{ nameId, attributes: { email: [nameId.includes('@') ? nameId : `${nameId}@acme.test`] } },
      ...changes,
    });
    const indexed = xml.replace('SessionIndex="_session"', `SessionIndex="${sessionIndex}"`);
    const code = codeOf(await this.scene.post(pending, signAssertion(indexed, this.scene.key)));
    const { body } = await this.scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    return { accessToken: body.accessToken as string, browser: pending.browser };
  }

  async isIn({ accessToken }: SignedIn): Promise<boolean> {
    const { status } = await this.scene.app.http(accessToken).get('/v1/auth/me');
    return status === 200;
  }

  request(changes: Partial<LogoutTerms> = {}): string {
    const terms = { ...this.defaults(), nameId: 'ada@acme.test', ...changes };
    const nameId = terms.nameId === null ? '' : `<saml:NameID>${terms.nameId}</saml:NameID>`;
    const indexes = terms.sessionIndexes.map((index) => `<samlp:SessionIndex>${index}</samlp:SessionIndex>`);
    return this.message('LogoutRequest', terms, '', nameId + terms.extra + indexes.join(''));
  }

  response(inResponseTo: string | null, changes: Partial<LogoutTerms> = {}, status = 'Success'): string {
    const terms = { ...this.defaults(), notOnOrAfter: null, ...changes };
    const content = `<samlp:Status><samlp:StatusCode Value="${STATUS}${status}"/></samlp:Status>`;
    const answers = inResponseTo === null ? '' : ` InResponseTo="${inResponseTo}"`;
    return this.message('LogoutResponse', terms, answers, content);
  }

  /** Brings a message by redirect, signed unless there is no key. */
  redirect(
    xml: string,
    { key = this.scene.key, relayState, browser = new Browser(), algorithm = RSA_SHA256 }: RedirectTerms = {},
  ): Promise<Page> {
    const field = xml.includes('LogoutResponse') ? 'SAMLResponse' : 'SAMLRequest';
    const query = signedQuery(field, xml, key, relayState, algorithm);
    return this.open(query, browser);
  }

  open(query: string, browser = new Browser()): Promise<Page> {
    return browser.open(`${this.sloUrl}?${query}`, {
      stopAt: ['https://idp.acme.test/', 'https://app.acme.test/'],
      headers: { accept: 'application/json' },
    });
  }

  /** Lets the browser post a message, signed inside unless there is no key. */
  post(
    xml: string,
    { key = this.scene.key, relayState, browser = new Browser() }: RedirectTerms = {},
  ): Promise<Page> {
    const root = xml.includes('LogoutResponse') ? 'LogoutResponse' : 'LogoutRequest';
    const signed = key ? sign(xml, root, key) : xml;
    const field = root === 'LogoutResponse' ? 'SAMLResponse' : 'SAMLRequest';
    const form = { [field]: toBase64(signed), ...(relayState !== undefined && { RelayState: relayState }) };
    return browser.navigate(
      {
        method: 'POST',
        url: new URL(this.sloUrl),
        form: new URLSearchParams(form),
        from: new URL('https://idp.acme.test/slo'),
      },
      {
        stopAt: ['https://idp.acme.test/', 'https://app.acme.test/'],
        headers: { accept: 'application/json' },
      },
    );
  }

  private defaults(): LogoutTerms {
    const now = new Date();
    return {
      id: newId(),
      version: '2.0',
      issueInstant: now,
      notOnOrAfter: new Date(now.getTime() + 5 * MINUTE),
      destination: this.sloUrl,
      issuer: this.scene.idpEntityId,
      nameId: null,
      sessionIndexes: [],
      extra: '',
    };
  }

  private message(name: string, terms: LogoutTerms, attributes: string, content: string): string {
    const optional = Object.entries({
      Destination: terms.destination,
      NotOnOrAfter: terms.notOnOrAfter?.toISOString(),
    })
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => ` ${key}="${value}"`);
    const issuer = terms.issuer === null ? '' : `<saml:Issuer>${terms.issuer}</saml:Issuer>`;
    return (
      `<samlp:${name} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"` +
      ` ID="${terms.id}" Version="${terms.version}" IssueInstant="${terms.issueInstant.toISOString()}"${optional.join('')}${attributes}>` +
      `${issuer}${content}</samlp:${name}>`
    );
  }
}

export interface RedirectTerms {
  key?: SigningKey | null;
  relayState?: string;
  browser?: Browser;
  algorithm?: string;
}

/** The query of the HTTP-Redirect binding, spelt as many products do: upper-case escapes, signature last. */
export function signedQuery(
  field: 'SAMLRequest' | 'SAMLResponse',
  xml: string,
  key: SigningKey | null,
  relayState?: string,
  algorithm = RSA_SHA256,
): string {
  const packed = deflateRawSync(Buffer.from(xml)).toString('base64');
  const state = relayState === undefined ? '' : `&RelayState=${encodeURIComponent(relayState)}`;
  const unsigned = `${field}=${encodeURIComponent(packed)}${state}`;
  if (!key) return unsigned;
  const text = `${unsigned}&SigAlg=${encodeURIComponent(algorithm)}`;
  const hash = algorithm.endsWith('sha1') ? 'sha1' : algorithm.endsWith('sha512') ? 'sha512' : 'sha256';
  const signature = createSign(hash).update(text).sign(key.privateKey, 'base64');
  return `${text}&Signature=${encodeURIComponent(signature)}`;
}

/** A message of ours that the browser carries in an address: unpacked, its signature verified. */
export function openRedirect(url: URL, certificate: string): { xml: string; relayState: string | null } {
  const [, signed = '', signature = ''] =
    /^\?(?:.*&)?(SAML(?:Request|Response)=.*)&Signature=([^&]+)$/.exec(url.search) ?? [];
  const key = createPublicKey(
    new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }),
  );
  const value = Buffer.from(decodeURIComponent(signature), 'base64');
  if (!verify('sha256', Buffer.from(signed), key, value))
    throw new Error(`Not signed by the key: ${url.href}`);
  const packed = url.searchParams.get('SAMLRequest') ?? url.searchParams.get('SAMLResponse') ?? '';
  return {
    xml: inflateRawSync(Buffer.from(packed, 'base64')).toString(),
    relayState: url.searchParams.get('RelayState'),
  };
}
