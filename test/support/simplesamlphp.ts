import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port';
import { signingKey } from './certificates';
import type { DebianPackage } from './installed';
import { LocalServer } from './local-server';

const SOURCE = '/usr/share/simplesamlphp';

export const SIMPLESAMLPHP: readonly DebianPackage[] = [
  { name: 'simplesamlphp', file: `${SOURCE}/www/saml2/idp/SSOService.php` },
  { name: 'php-cli', file: '/usr/bin/php' },
  { name: 'php-xml', file: '/var/lib/dpkg/info/php-xml.list' },
  { name: 'php-mbstring', file: '/var/lib/dpkg/info/php-mbstring.list' },
];

const EMAIL_ADDRESS = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

/** Somebody it knows: what `exampleauth:UserPass` takes, the attributes under the names they are sent with. */
interface Account {
  username: string;
  password: string;
  attributes: Record<string, string[]>;
}

/** What can be set for an identity provider, in SimpleSAMLphp's words (saml20-idp-hosted reference). */
export type HostedSettings = Record<string, unknown>;

/** SimpleSAMLphp as a SAML identity provider, run by PHP's own web server. */
export class SimpleSamlPhp {
  private readonly sources: Record<string, string>[] = [{ type: 'flatfile' }];
  private readonly typedIn: Record<string, unknown> = {};

  private constructor(
    readonly url: string,
    private readonly directory: string,
    private readonly server: LocalServer,
  ) {}

  static async start(accounts: readonly Account[]): Promise<SimpleSamlPhp> {
    const directory = LocalServer.directory('simplesamlphp');
    const address = `127.0.0.1:${await freePort()}`;
    for (const name of ['config', 'metadata', 'cert', 'log', 'data', 'tmp', 'sessions'])
      mkdirSync(join(directory, name));
    writePhp(join(directory, 'config/config'), 'config', configuration(directory, `http://${address}/`));
    const people = Object.fromEntries(
      accounts.map(({ username, password, attributes }) => [`${username}:${password}`, attributes]),
    );
    const authsources = { people: { 0: 'exampleauth:UserPass', ...people } };
    writePhp(join(directory, 'config/authsources'), 'config', authsources);

    const server = new LocalServer(['php', '-S', address, '-t', `${SOURCE}/www`], directory, {
      SIMPLESAMLPHP_CONFIG_DIR: join(directory, 'config'),
    });
    const idp = new SimpleSamlPhp(`http://${address}`, directory, server);
    idp.makeKey('first');
    idp.configure();
    try {
      await server.answersAt(idp.metadataUrl);
    } catch (error) {
      await idp.stop();
      throw error;
    }
    return idp;
  }

  get entityId(): string {
    return `${this.url}/acme`;
  }

  get metadataUrl(): string {
    return `${this.url}/saml2/idp/metadata.php`;
  }

  /** Makes a key pair that settings may name: `${name}.pem` and `${name}.crt`. Answers the certificate. */
  makeKey(name: string): string {
    const { privateKey, certificate } = signingKey({ commonName: `SimpleSAMLphp ${name}` });
    writeFileSync(join(this.directory, 'cert', `${name}.pem`), privateKey);
    writeFileSync(join(this.directory, 'cert', `${name}.crt`), certificate);
    return certificate;
  }

  /** Back to the usual settings, but for these. In force from the next request on. */
  configure(settings: HostedSettings = {}): void {
    const hosted = {
      host: '__DEFAULT__',
      auth: 'people',
      privatekey: 'first.pem',
      certificate: 'first.crt',
      // Who does not sign their requests is turned away.
      'validate.authnrequest': true,
      'sign.logout': true,
      'validate.logout': true,
      NameIDFormat: [EMAIL_ADDRESS, PERSISTENT],
      authproc: {
        1: { class: 'saml:AttributeNameID', attribute: 'mail', Format: EMAIL_ADDRESS },
        2: { class: 'saml:PersistentNameID', attribute: 'uid' },
      },
      ...settings,
    };
    writePhp(join(this.directory, 'metadata/saml20-idp-hosted'), 'metadata', { [this.entityId]: hosted });
  }

  /** Makes it serve one more service provider, whose metadata it reads from the URL whenever it needs it. */
  trust(metadataUrl: string): void {
    this.sources.push({ type: 'xml', url: metadataUrl });
    const config = configuration(this.directory, `${this.url}/`);
    writePhp(join(this.directory, 'config/config'), 'config', {
      ...config,
      'metadata.sources': this.sources,
    });
  }

  /** Knows a service provider as an administrator types it in, in SimpleSAMLphp's words (saml20-sp-remote reference). */
  register(entityId: string, settings: Record<string, unknown>): void {
    this.typedIn[entityId] = settings;
    writePhp(join(this.directory, 'metadata/saml20-sp-remote'), 'metadata', this.typedIn);
  }

  /** Where somebody goes to sign out of everything. */
  get logoutUrl(): string {
    return `${this.url}/saml2/idp/SingleLogoutService.php?ReturnTo=${encodeURIComponent(`${this.url}/`)}`;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function configuration(directory: string, baseUrl: string): Record<string, unknown> {
  return {
    baseurlpath: baseUrl,
    certdir: `${directory}/cert/`,
    loggingdir: `${directory}/log/`,
    datadir: `${directory}/data/`,
    tempdir: `${directory}/tmp/`,
    metadatadir: `${directory}/metadata/`,
    attributenamemapdir: '/etc/simplesamlphp/attributemap/',
    secretsalt: 'only for tests',
    technicalcontact_email: 'admin@acme.test',
    timezone: 'UTC',
    'logging.handler': 'errorlog',
    'enable.saml20-idp': true,
    'module.enable': { exampleauth: true, core: true, saml: true },
    'store.type': 'phpsession',
    'session.phpsession.savepath': `${directory}/sessions`,
    'session.cookie.secure': false,
    'session.cookie.samesite': null,
    'language.cookie.secure': false,
    'language.cookie.samesite': null,
  };
}

/** Its configuration files are programs that set a variable; the values come from a file beside them. */
function writePhp(path: string, variable: string, value: unknown): void {
  writeFileSync(`${path}.json`, JSON.stringify(value));
  writeFileSync(
    `${path}.php`,
    `<?php $${variable} = json_decode(file_get_contents('${path}.json'), true, 512, JSON_THROW_ON_ERROR);\n`,
  );
}
