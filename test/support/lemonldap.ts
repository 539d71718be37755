import { createHash, createPublicKey } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port';
import { type SigningKey, signingKey } from './certificates';
import type { DebianPackage } from './installed';
import { LocalServer } from './local-server';

const SHARE = '/usr/share/lemonldap-ng/portal';

/** What it needs and Debian only suggests stands in this list too. */
export const LEMONLDAP: readonly DebianPackage[] = [
  { name: 'liblemonldap-ng-portal-perl', file: `${SHARE}/htdocs/index.psgi` },
  { name: 'lemonldap-ng-fastcgi-server', file: '/usr/sbin/llng-fastcgi-server' },
  { name: 'nginx', file: '/usr/sbin/nginx' },
  { name: 'liblasso-perl', file: '/usr/share/doc/liblasso-perl/copyright' },
  { name: 'libxml-simple-perl', file: '/usr/share/perl5/XML/Simple.pm' },
  { name: 'libstring-random-perl', file: '/usr/share/perl5/String/Random.pm' },
  { name: 'libio-string-perl', file: '/usr/share/perl5/IO/String.pm' },
];

/** A relying party, in the words of OpenID Connect. */
export interface LemonRelyingParty {
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

/** Whom it serves and how; the options are LemonLDAP::NG's own (samlSPMetaDataOptions…, oidcRPMetaDataOptions…). */
export interface LemonSettings {
  /** Metadata of service providers. */
  serviceProviders?: readonly string[];
  samlOptions?: Record<string, unknown>;
  relyingParties?: readonly LemonRelyingParty[];
  oidcOptions?: Record<string, unknown>;
  /** Signs from now on; its certificate is in the metadata. */
  key?: SigningKey;
}

/**
 * LemonLDAP::NG: one portal that is a SAML identity provider and an OpenID Provider, over its demonstration accounts
 * (dwho, rtyler, msmith; the password is the name). nginx stands before it, as its documentation has it.
 */
export class LemonLdap {
  private portal: LocalServer | undefined;
  private readonly firstKey = signingKey({ commonName: 'LemonLDAP::NG' });

  private constructor(
    readonly url: string,
    private readonly directory: string,
    private readonly nginx: LocalServer,
  ) {}

  static async start(): Promise<LemonLdap> {
    const directory = LocalServer.directory('lemonldap');
    const address = `127.0.0.1:${await freePort()}`;
    for (const name of ['conf', 'sessions/lock', 'persistent/lock', 'nginx'])
      mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, 'lemonldap-ng.ini'), ini(directory));
    writeFileSync(join(directory, 'nginx.conf'), nginxConfiguration(directory, address));
    const nginx = new LocalServer(
      ['/usr/sbin/nginx', '-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')],
      directory,
      {},
    );
    const idp = new LemonLdap(`http://${address}`, directory, nginx);
    try {
      await idp.configure();
    } catch (error) {
      await idp.stop();
      throw error;
    }
    return idp;
  }

  get metadataUrl(): string {
    return `${this.url}/saml/metadata`;
  }

  get issuer(): string {
    return this.url;
  }

  /** Starts the portal anew with exactly these settings. Who is signed in there stays so. */
  async configure(settings: LemonSettings = {}): Promise<void> {
    const configuration = { ...portal(this.directory, this.url), ...keys(settings.key ?? this.firstKey) };
    const parties = { ...samlParties(settings), ...oidcParties(settings) };
    const file = join(this.directory, 'conf/lmConf-1.json');
    writeFileSync(file, JSON.stringify({ ...configuration, ...parties }));
    await this.portal?.stop();
    rmSync(join(this.directory, 'portal.sock'), { force: true });
    this.portal = new LocalServer(
      ['plackup', '-s', 'FCGI', '--listen', join(this.directory, 'portal.sock'), '--nproc', '2'].concat(
        ...[
          '-E',
          'deployment',
          '-e',
          'use Lemonldap::NG::Portal::Main; Lemonldap::NG::Portal::Main->run({})',
        ],
      ),
      this.directory,
      { LLNG_DEFAULTCONFFILE: join(this.directory, 'lemonldap-ng.ini') },
    );
    await this.portal.answersAt(this.metadataUrl);
  }

  async stop(): Promise<void> {
    await this.portal?.stop();
    await this.nginx.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function portal(directory: string, url: string): Record<string, unknown> {
  const generateModule = 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256';
  const files = (name: string) => ({
    Directory: join(directory, name),
    LockDirectory: join(directory, name, 'lock'),
    generateModule,
  });
  return {
    cfgNum: 1,
    cfgAuthor: 'tests',
    cfgDate: 1,
    key: 'only for tests',
    portal: `${url}/`,
    domain: '127.0.0.1',
    securedCookie: 0,
    // Left to itself it says None, which browsers take over https only.
    sameSite: 'Lax',
    authentication: 'Demo',
    userDB: 'Same',
    passwordDB: 'Demo',
    demoExportedVars: { uid: 'uid', cn: 'cn', mail: 'mail' },
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: files('sessions'),
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: files('persistent'),
    // Tokens of forms are kept here, where both of its processes find them.
    localSessionStorage: 'Cache::FileCache',
    localSessionStorageOptions: {
      namespace: 'sessions',
      cache_root: join(directory, 'cache'),
      default_expires_in: 600,
    },
    locationRules: {},
    // The usual one draws pictures and wants Image::Magick for it, asked or not.
    captcha: '::Main::Plugin',
    portalDisplayRegister: 0,
    issuerDBSAMLActivation: 1,
    issuerDBOpenIDConnectActivation: 1,
    oidcServiceMetaDataIssuer: url,
  };
}

function keys({ privateKey, certificate }: SigningKey): Record<string, unknown> {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  return {
    samlServicePrivateKeySig: privateKey,
    samlServicePublicKeySig: certificate,
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceKeyIdSig: createHash('sha256').update(publicKey).digest('hex').slice(0, 16),
  };
}

/** Everybody is told who somebody is under these names. */
const EXPORTED = { mail: 'mail', cn: 'displayName', groups: 'groups' };

function samlParties({ serviceProviders = [], samlOptions }: LemonSettings): Record<string, unknown> {
  const attributes = Object.fromEntries(Object.entries(EXPORTED).map(([key, name]) => [key, `0;${name};;`]));
  const options = {
    samlSPMetaDataOptionsCheckSSOMessageSignature: 1,
    samlSPMetaDataOptionsCheckSLOMessageSignature: 1,
    // Left to itself it does not sign what it says about logging out.
    samlSPMetaDataOptionsSignSLOMessage: 1,
    samlSPMetaDataOptionsNameIDFormat: 'email',
    ...samlOptions,
  };
  return {
    samlSPMetaDataXML: each(serviceProviders, (samlSPMetaDataXML) => ({ samlSPMetaDataXML })),
    samlSPMetaDataExportedAttributes: each(serviceProviders, () => attributes),
    samlSPMetaDataOptions: each(serviceProviders, () => options),
  };
}

function oidcParties({ relyingParties = [], oidcOptions }: LemonSettings): Record<string, unknown> {
  return {
    oidcRPMetaDataOptions: each(relyingParties, ({ clientId, clientSecret, redirectUri }) => ({
      oidcRPMetaDataOptionsClientID: clientId,
      oidcRPMetaDataOptionsClientSecret: clientSecret,
      oidcRPMetaDataOptionsRedirectUris: redirectUri,
      oidcRPMetaDataOptionsRequirePKCE: 1,
      oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
      oidcRPMetaDataOptionsUserIDAttr: 'uid',
      ...oidcOptions,
    })),
    oidcRPMetaDataExportedVars: each(relyingParties, () => ({ email: 'mail', name: 'cn', groups: 'groups' })),
    // Groups come along with the scope every client asks for.
    oidcRPMetaDataOptionsExtraClaims: each(relyingParties, () => ({ profile: 'name groups' })),
  };
}

/** It calls each party by a name of its own. */
function each<T, R>(parties: readonly T[], settings: (party: T) => R): Record<string, R> {
  return Object.fromEntries(parties.map((party, index) => [`party${index}`, settings(party)]));
}

const ini = (directory: string): string => `
[all]
logLevel = warn
[configuration]
type = File
dirName = ${directory}/conf
localStorage = Cache::NullCache
[portal]
staticPrefix = /static
templateDir = ${SHARE}/templates
languages = en
[handler]
status = 0
`;

const nginxConfiguration = (directory: string, address: string): string => `
daemon off;
worker_processes 1;
pid ${directory}/nginx/pid;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 64; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/nginx/${name};`).join(' ')}
  server {
    listen ${address};
    location /static/ { alias ${SHARE}/htdocs/static/; }
    location /javascript/ { alias /usr/share/javascript/; }
    location / {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_NAME '';
      fastcgi_param PATH_INFO $uri;
      fastcgi_param HTTP_HOST $http_host;
      fastcgi_pass unix:${directory}/portal.sock;
    }
  }
}
`;
