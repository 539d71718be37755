import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signedToken, testKey, type TestKey } from './oidc-tokens';

export type Claims = Record<string, unknown>;

interface Grant {
  nonce: string | undefined;
  challenge: string | undefined;
  redirectUri: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** What the provider does wrong; whatever is left out it does right. */
export interface Misbehaviour {
  /** Changes the claims before they are signed. */
  claims?: (claims: Claims) => Claims;
  /** Makes the whole ID token. */
  idToken?: (claims: Claims, provider: OidcTestProvider) => unknown;
  /** Changes what the browser brings back. */
  callback?: (parameters: URLSearchParams) => void;
  token?: Answer;
  jwks?: Answer;
  userinfo?: Claims | Answer;
  discovery?: Claims;
}

const HOST = '127.0.0.1';

/**
 * An OpenID Provider that is correct until told otherwise, for what no real one would do. Its authorization endpoint
 * signs the same person in without asking.
 */
export class OidcTestProvider {
  readonly key = testKey('RS256', 'current');
  readonly clientId = 'gatehouse-test';
  // Needs encoding in the Authorization header.
  readonly clientSecret = 's3cret:with/odd characters+%';
  /** Keys the provider publishes. */
  keys: TestKey[] = [this.key];
  subject = 'subject-1';
  person: Claims = { email: 'ada@acme.test', email_verified: true, name: 'Ada Lovelace' };
  behaviour: Misbehaviour = {};
  /** Every request so far, as `GET /jwks`. */
  readonly heard: string[] = [];
  /** The query of the latest authentication request. */
  asked = new URLSearchParams();
  private readonly grants = new Map<string, Grant>();

  private constructor(
    readonly issuer: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<OidcTestProvider> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, HOST, ready));
    const provider = new OidcTestProvider(`http://${HOST}:${(server.address() as AddressInfo).port}`, server);
    server.on('request', (request, response) => void provider.serve(request, response));
    return provider;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  /** Back to the behaviour of a good provider. */
  behave(): void {
    this.behaviour = {};
    this.keys = [this.key];
    this.heard.length = 0;
  }

  goodClaims(nonce?: string): Claims {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer,
      sub: this.subject,
      aud: this.clientId,
      iat: now,
      exp: now + 300,
      auth_time: now - 5,
      amr: ['pwd'],
      ...(nonce !== undefined && { nonce }),
      ...this.person,
    };
  }

  goodLogout(changes: Claims = {}): Claims {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer,
      sub: this.subject,
      aud: this.clientId,
      iat: now,
      exp: now + 120,
      jti: randomUUID(),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      ...changes,
    };
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    this.heard.push(`${request.method} ${url.pathname}`);
    const body = await textOf(request);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, { ...this.metadata(), ...this.behaviour.discovery });
      case '/authorize':
        return this.authorize(url.searchParams, response);
      case '/token':
        return (this.behaviour.token ?? this.exchange)(request, response, body);
      case '/jwks':
        return (this.behaviour.jwks ?? this.publish)(request, response, body);
      case '/userinfo':
        return this.userinfo(request, response, body);
      default:
        return json(response, 404, { error: 'not_found' });
    }
  }

  private metadata(): Claims {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      userinfo_endpoint: `${this.issuer}/userinfo`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  private authorize(query: URLSearchParams, response: ServerResponse): void {
    this.asked = query;
    const code = randomUUID();
    const redirectUri = query.get('redirect_uri') ?? '';
    this.grants.set(code, {
      nonce: query.get('nonce') ?? undefined,
      challenge: query.get('code_challenge') ?? undefined,
      redirectUri,
    });
    const location = new URL(redirectUri);
    location.searchParams.set('code', code);
    location.searchParams.set('state', query.get('state') ?? '');
    this.behaviour.callback?.(location.searchParams);
    response.writeHead(302, { location: location.href }).end();
  }

  /** The token endpoint as it should be: RFC 6749 section 4.1.3, RFC 7636 section 4.6. */
  readonly exchange: Answer = (request, response, body) => {
    const form = new URLSearchParams(body);
    if (!this.authenticates(request, form)) return json(response, 401, { error: 'invalid_client' });
    const code = form.get('code') ?? '';
    const grant = this.grants.get(code);
    this.grants.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || grant.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri'))
      return json(response, 400, { error: 'invalid_grant', error_description: 'No such code.' });

    const claims = this.behaviour.claims?.(this.goodClaims(grant.nonce)) ?? this.goodClaims(grant.nonce);
    const idToken = this.behaviour.idToken?.(claims, this) ?? signedToken(this.key, claims);
    json(response, 200, { token_type: 'Bearer', access_token: 'at-1', expires_in: 300, id_token: idToken });
  };

  private readonly publish: Answer = (_, response) =>
    json(response, 200, { keys: this.keys.map(({ publicJwk }) => publicJwk) });

  private userinfo(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { userinfo } = this.behaviour;
    if (typeof userinfo === 'function') return userinfo(request, response, body);
    if (request.headers.authorization !== 'Bearer at-1')
      return json(response, 401, { error: 'invalid_token' });
    json(response, 200, { sub: this.subject, ...this.person, ...userinfo });
  }

  private authenticates(request: IncomingMessage, form: URLSearchParams): boolean {
    const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Basic') {
      return form.get('client_id') === this.clientId && form.get('client_secret') === this.clientSecret;
    }
    const [id, secret] = Buffer.from(credentials, 'base64').toString().split(':').map(decodeURIComponent);
    return id === this.clientId && secret === this.clientSecret && !form.has('client_secret');
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
