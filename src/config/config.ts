import { isIP } from 'node:net';
import { z } from 'zod';
import { type DnsServerAddress, readDnsServer } from './dns-server';

const flag = z
  .enum(['0', '1', 'true', 'false', 'on', 'off'], { error: 'must be 1 or 0, on or off' })
  .transform((value) => ['1', 'true', 'on'].includes(value));

const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );

/** In digits: what JavaScript takes for a number besides, a blank for one, was typed for something else. */
const whole = (least: number, most: number) =>
  z
    .string()
    .trim()
    .refine(
      (text) => /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `must be a whole number from ${least} to ${most}`,
    )
    .transform(Number);

/** Of what is no URL, nothing else is asked. */
const urlOf = (protocol: RegExp, error: string) => z.url({ protocol, error, abort: true });

const httpUrl = urlOf(/^https?$/, 'must be an http or https URL');

/**
 * Every URL that is handed out begins with it. Written as browsers write it: by its scheme it is decided whether cookies
 * travel over TLS only.
 */
const origin = httpUrl
  .refine((text) => !/[?#@]/.test(text), 'must have no user, query or fragment')
  .refine(
    (text) => new URL(text).pathname === '/',
    'must have no path: our pages stand at the root of a host',
  )
  .transform((text) => new URL(text).origin);

/** Whether what is written with % in its parts can be read. */
function isDecodable(text: string): boolean {
  const { username, password, pathname, host } = new URL(text);
  try {
    return [username, password, pathname, host].every((part) => decodeURIComponent(part) !== undefined);
  } catch {
    return false;
  }
}

/** Others take lists, in the place of the host or among the parameters, and go to whichever answers. */
function namesOneServer(text: string): boolean {
  const { host, searchParams } = new URL(text);
  return [[host], searchParams.getAll('host'), searchParams.getAll('port')].every(
    (said) => said.length <= 1 && !said.join().includes(','),
  );
}

/** With a server in it, which libraries otherwise take to be this machine. */
const serverUrl = (protocol: RegExp, error: string) =>
  urlOf(protocol, error).refine((text) => new URL(text).host !== '', 'must name a server');

const REDIS_URL =
  'must be a redis:// or rediss:// URL, with a server in it and nothing behind but the number of a database';

/** Whatever else stands there is asked for as a database, or taken for a setting of the library. */
function namesOneDatabase(text: string): boolean {
  const { host, pathname, search, hash } = new URL(text);
  return host !== '' && /^(?:\/\d*)?$/.test(pathname) && search === '' && hash === '';
}

/** An address, alone or behind a name: `no-reply@acme.com`, `Acme <no-reply@acme.com>`. */
const SENDER = /^(?:[^<>\p{Cc}]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/u;

/** Absolute and without a fragment (RFC 6749 section 3.1.2), also of an application's own scheme; nothing that runs or reads. */
function isRedirectUri(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/[^#\s]*$/i.test(text) || !URL.canParse(text)) return false;
  return !['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'].includes(new URL(text).protocol);
}

/** An address, or one with the number of bits that count. */
function isRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const width = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
  return (
    more.length === 0 &&
    width > 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width))
  );
}

/** Every variable the service reads, with the sentence shown when its value cannot be used. */
const Environment = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], { error: 'must be development, test or production' })
    .default('development'),
  PORT: whole(1, 65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: origin.optional(),
  DATABASE_URL: urlOf(/^postgres(ql)?$/, 'must be a postgres:// URL that names one server')
    .refine(namesOneServer, 'must be a postgres:// URL that names one server')
    .refine(isDecodable, 'must have % in user, password and database written as %25')
    .optional(),
  DATABASE_POOL_SIZE: whole(1, 200).default(10),
  DATA_DIR: z.string().default('.data'),
  BOOTSTRAP_WORKSPACE: z
    .string()
    .regex(/^[a-z0-9](-?[a-z0-9]){0,62}$/, 'must be lower-case letters, digits and single dashes')
    .optional(),
  BOOTSTRAP_ADMIN_EMAIL: z.email('must be an email address').optional(),
  BOOTSTRAP_ADMIN_PASSWORD: z.string().min(8, 'must have 8 characters or more').max(256).optional(),
  DEMO: flag.optional(),
  APP_REDIRECT_URIS: list.refine(
    (uris) => uris.every(isRedirectUri),
    'must be absolute URIs without a fragment, comma-separated',
  ),
  DNS_SERVERS: list.refine(
    (entries) => entries.every(readDnsServer),
    'must be addresses or names, each with a port if need be, comma-separated',
  ),
  OUTBOUND_ALLOW: list,
  SMTP_URL: serverUrl(/^smtps?$/, 'must be an smtp:// or smtps:// URL').optional(),
  MAIL_FROM: z
    .string()
    .trim()
    .regex(SENDER, 'must be an address, or a name and an address in <>')
    .default('Gatehouse <no-reply@localhost>'),
  SMS_WEBHOOK_URL: httpUrl.optional(),
  BREACHED_PASSWORDS_FILE: z.string().optional(),
  RATE_LIMITS: flag.default(true),
  REDIS_URL: urlOf(/^rediss?$/, REDIS_URL)
    .refine(namesOneDatabase, REDIS_URL)
    .refine(isDecodable, 'must have % in user and password written as %25')
    .transform((text) => new URL(text).href)
    .optional(),
  TRUSTED_PROXIES: list.refine(
    (ranges) => ranges.every(isRange),
    'must be IP addresses or CIDR ranges, comma-separated',
  ),
  FORWARDED_HEADER: z
    .enum(['x-forwarded-for', 'forwarded'], { error: 'must be x-forwarded-for or forwarded' })
    .default('x-forwarded-for'),
  SIGNING_KEY_ROTATION_DAYS: whole(0, 3650).default(90),
  SIGNING_KEY_LEAD_SECONDS: whole(4, 86_400).default(600),
  ENCRYPTION_KEY: z.string().optional(),
  ENCRYPTION_KEY_PREVIOUS: list,
  ENCRYPTION_KEY_COMMAND: z.string().optional(),
  ENCRYPTION_KEY_COMMAND_KEY_ID: z.string().default(''),
  AUDIT_CHECKPOINT_FILE: z.string().optional(),
  AUDIT_CHECKPOINT_URL: httpUrl.optional(),
  AUDIT_ARCHIVE_DIR: z.string().optional(),
  AUDIT_KEY_DAYS: whole(0, 3650).default(365),
  SECRET_SCANNING_PUBLIC_KEYS: z.string().optional(),
  GEOIP_DATABASE: z.string().optional(),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug'], {
      error: 'must be silent, fatal, error, warn, info or debug',
    })
    .default('info'),
});

/** Thrown at start: one sentence that names the variable and never repeats its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Bootstrap {
  readonly workspace: string;
  readonly adminEmail: string;
  readonly adminPassword: string;
}

/** The environment as one typed, validated, frozen object. Nothing else in the service reads process.env. */
export class Config {
  readonly production: boolean;
  /** Whether jobs run by themselves; tests run them. */
  readonly runsSchedule: boolean;
  readonly port: number;
  readonly host: string;
  /** The origin callers see, without a trailing slash; every URL handed out starts with it. */
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly dataDir: string;
  readonly bootstrap: Bootstrap | undefined;
  readonly demo: boolean;
  readonly appRedirectUris: readonly string[];
  readonly dnsServers: readonly DnsServerAddress[];
  readonly outboundAllow: readonly string[];
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  readonly smsWebhookUrl: string | undefined;
  /** A list of breached passwords of the operator's, beside the one that comes with the service. */
  readonly breachedPasswordsFile: string | undefined;
  readonly rateLimits: boolean;
  /** Where instances share the budgets of callers; unset: in PostgreSQL. */
  readonly redisUrl: string | undefined;
  /** Who is believed as to whose requests they pass on: addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly forwardedHeader: 'x-forwarded-for' | 'forwarded';
  /** How long a key signs access tokens before another one is published; 0: until somebody says so. */
  readonly signingKeyRotationDays: number;
  /** How long a new key is published before it signs. Whoever reads the JWKS may keep it half as long. */
  readonly signingKeyLeadSeconds: number;
  /** In base64; with a command, as that command wrapped it. */
  readonly encryptionKey: string | undefined;
  /** Keys that only open: those of before, or one that is to come. */
  readonly encryptionKeysPrevious: readonly string[];
  /** The operator's program that unwraps the keys, and which key of a key management service it is to use. */
  readonly encryptionKeyCommand: { readonly program: string; readonly keyId: string } | undefined;
  /** Where checkpoints of audit logs are appended to. */
  readonly auditCheckpointFile: string | undefined;
  /** Where checkpoints of audit logs are posted to. */
  readonly auditCheckpointUrl: string | undefined;
  /** Where entries go that leave the audit log; unset: into a directory of `dataDir`. */
  readonly auditArchiveDir: string | undefined;
  /** How old the key may become that signs audit logs; 0: as old as it gets. */
  readonly auditKeyDays: number;
  /** Public keys of those who report leaked keys: PEM, JWKS, a file or a URL. */
  readonly secretScanningPublicKeys: string | undefined;
  /** A file that says where addresses are, in the MaxMind DB format. */
  readonly geoipDatabase: string | undefined;
  readonly logLevel: 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug';

  /** Reads and checks the variables. Throws ConfigError with one sentence per wrong variable. */
  constructor(source: NodeJS.ProcessEnv) {
    // An empty variable means an unset one, as in `.env` files with nothing behind the equals sign.
    const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
    const parsed = Environment.safeParse(given);
    if (!parsed.success) {
      throw new ConfigError(
        parsed.error.issues.map((issue) => `${issue.path.join('.')} ${sentence(issue.message)}`).join('\n'),
      );
    }
    const env = parsed.data;
    this.production = env.NODE_ENV === 'production';
    this.runsSchedule = env.NODE_ENV !== 'test';
    this.port = env.PORT;
    this.host = env.HOST;
    this.publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`;
    this.databaseUrl = env.DATABASE_URL;
    this.databasePoolSize = env.DATABASE_POOL_SIZE;
    this.dataDir = env.DATA_DIR;
    this.bootstrap = bootstrapOf(env);
    this.demo = env.DEMO ?? (!env.DATABASE_URL && !this.bootstrap && env.NODE_ENV === 'development');
    this.appRedirectUris = env.APP_REDIRECT_URIS;
    this.dnsServers = env.DNS_SERVERS.flatMap((entry) => readDnsServer(entry) ?? []);
    this.outboundAllow = env.OUTBOUND_ALLOW;
    this.smtpUrl = env.SMTP_URL;
    this.mailFrom = env.MAIL_FROM;
    this.smsWebhookUrl = env.SMS_WEBHOOK_URL;
    this.breachedPasswordsFile = env.BREACHED_PASSWORDS_FILE;
    this.rateLimits = env.RATE_LIMITS;
    this.redisUrl = env.REDIS_URL;
    this.trustedProxies = env.TRUSTED_PROXIES;
    this.forwardedHeader = env.FORWARDED_HEADER;
    this.encryptionKey = env.ENCRYPTION_KEY;
    this.signingKeyRotationDays = env.SIGNING_KEY_ROTATION_DAYS;
    this.signingKeyLeadSeconds = env.SIGNING_KEY_LEAD_SECONDS;
    this.encryptionKeysPrevious = env.ENCRYPTION_KEY_PREVIOUS;
    this.encryptionKeyCommand = env.ENCRYPTION_KEY_COMMAND
      ? { program: env.ENCRYPTION_KEY_COMMAND, keyId: env.ENCRYPTION_KEY_COMMAND_KEY_ID }
      : undefined;
    this.refuseUnusableKeys();
    this.auditCheckpointFile = env.AUDIT_CHECKPOINT_FILE;
    this.auditCheckpointUrl = env.AUDIT_CHECKPOINT_URL;
    this.auditArchiveDir = env.AUDIT_ARCHIVE_DIR;
    this.auditKeyDays = env.AUDIT_KEY_DAYS;
    this.secretScanningPublicKeys = env.SECRET_SCANNING_PUBLIC_KEYS;
    this.geoipDatabase = env.GEOIP_DATABASE;
    this.logLevel = env.LOG_LEVEL;
    if (this.production) this.refuseUnsafeProduction();
    Object.freeze(this);
  }

  /** Whether browsers reach the service over TLS, which decides the names and flags of its cookies. */
  get secureOrigin(): boolean {
    return this.publicUrl.startsWith('https:');
  }

  private refuseUnusableKeys(): void {
    if (this.encryptionKeyCommand) {
      if (this.encryptionKey) return;
      throw new ConfigError('ENCRYPTION_KEY must be set with ENCRYPTION_KEY_COMMAND: a key that it wrapped.');
    }
    const isKey = (text: string): boolean => Buffer.from(text, 'base64').length === 32;
    if (this.encryptionKey && !isKey(this.encryptionKey)) {
      throw new ConfigError('ENCRYPTION_KEY must be 32 bytes in base64.');
    }
    if (!this.encryptionKeysPrevious.every(isKey)) {
      throw new ConfigError('ENCRYPTION_KEY_PREVIOUS must be keys of 32 bytes in base64, comma-separated.');
    }
  }

  private refuseUnsafeProduction(): void {
    if (this.demo) throw new ConfigError('DEMO must not be set with NODE_ENV=production.');
    if (!this.databaseUrl) throw new ConfigError('DATABASE_URL must be set with NODE_ENV=production.');
    if (!this.encryptionKey) throw new ConfigError('ENCRYPTION_KEY must be set with NODE_ENV=production.');
  }
}

function bootstrapOf(env: z.infer<typeof Environment>): Bootstrap | undefined {
  const { BOOTSTRAP_WORKSPACE, BOOTSTRAP_ADMIN_EMAIL, BOOTSTRAP_ADMIN_PASSWORD } = env;
  const given = [BOOTSTRAP_WORKSPACE, BOOTSTRAP_ADMIN_EMAIL, BOOTSTRAP_ADMIN_PASSWORD];
  if (given.every((value) => value === undefined)) return undefined;
  if (!BOOTSTRAP_WORKSPACE || !BOOTSTRAP_ADMIN_EMAIL || !BOOTSTRAP_ADMIN_PASSWORD) {
    throw new ConfigError(
      'BOOTSTRAP_WORKSPACE, BOOTSTRAP_ADMIN_EMAIL and BOOTSTRAP_ADMIN_PASSWORD are set together or not at all.',
    );
  }
  return {
    workspace: BOOTSTRAP_WORKSPACE,
    adminEmail: BOOTSTRAP_ADMIN_EMAIL.toLowerCase(),
    adminPassword: BOOTSTRAP_ADMIN_PASSWORD,
  };
}

function sentence(message: string): string {
  const text = /^must /.test(message) ? message : `is not valid: ${message.toLowerCase()}`;
  return text.endsWith('.') ? text : `${text}.`;
}
