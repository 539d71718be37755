import type { Config } from './config';

/**
 * What works in production and yet is hardly meant: a sentence for each, of what comes of it and what to set. Nothing in
 * development, where all of it is as it should be.
 */
export function oversightsIn(config: Config): string[] {
  if (!config.production) return [];
  return OVERSIGHTS.filter(({ isIn }) => isIn(config)).map(({ sentence }) => sentence(config));
}

interface Oversight {
  readonly isIn: (config: Config) => boolean;
  readonly sentence: (config: Config) => string;
}

const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

const isHere = ({ publicUrl }: Config): boolean => LOOPBACK.test(new URL(publicUrl).hostname);

const OVERSIGHTS: readonly Oversight[] = [
  {
    isIn: isHere,
    sentence: ({ publicUrl }) =>
      `PUBLIC_URL is ${publicUrl}: links in mails and what identity providers are told lead to this machine alone. Set it to the address that people open.`,
  },
  {
    isIn: (config) => !config.secureOrigin && !isHere(config),
    sentence: () =>
      'PUBLIC_URL begins with http: passwords and cookies travel for everybody to read, and browsers offer no passkeys. Put TLS before the service, and set it to https.',
  },
  {
    // TLS ends before the service, which speaks none itself.
    isIn: ({ secureOrigin, trustedProxies }) => secureOrigin && trustedProxies.length === 0,
    sentence: () =>
      'TRUSTED_PROXIES is not set: everybody counts as the proxy that they come through, in rate limits, networks of API keys and the audit log. Set it to the addresses of the proxy.',
  },
  {
    isIn: ({ smtpUrl }) => smtpUrl === undefined,
    sentence: ({ dataDir }) =>
      `SMTP_URL is not set: mails are files in ${dataDir}/outbox, and reach nobody. Set it to your mail server.`,
  },
];
