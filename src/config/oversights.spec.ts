import { Config } from './config';
import { oversightsIn } from './oversights';

const REQUIRED = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://db/x',
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
};
const COMPLETE = {
  ...REQUIRED,
  PUBLIC_URL: 'https://id.acme.test',
  TRUSTED_PROXIES: '10.0.0.1',
  SMTP_URL: 'smtp://mail.acme.test',
};

/** The variables that something is said about. */
const namedIn = (env: NodeJS.ProcessEnv): string[] =>
  oversightsIn(new Config(env)).map((sentence) => sentence.split(' ')[0]!);

describe('A production service', () => {
  it('that has what it needs has nothing said about it', () => {
    expect(namedIn(COMPLETE)).toEqual([]);
  });

  it('with nothing but what it refuses to start without is told what nobody else can reach', () => {
    expect(namedIn(REQUIRED)).toEqual(['PUBLIC_URL', 'SMTP_URL']);
    expect(oversightsIn(new Config(REQUIRED)).join('\n')).toMatch(
      /http:\/\/localhost:3000.*\n.*\.data\/outbox/,
    );
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:80', 'https://id.localhost'])(
    'is told that links to %s lead to this machine alone',
    (PUBLIC_URL) => {
      const [said] = oversightsIn(new Config({ ...COMPLETE, PUBLIC_URL }));
      expect(said).toContain(`PUBLIC_URL is ${PUBLIC_URL.replace(':80', '')}: links`);
    },
  );

  it('is told that passwords travel in the clear', () => {
    const [said, ...more] = oversightsIn(new Config({ ...COMPLETE, PUBLIC_URL: 'http://id.acme.test' }));
    expect(said).toContain('PUBLIC_URL begins with http');
    expect(more).toEqual([]);
  });

  it('is told that everybody counts as the proxy', () => {
    expect(namedIn({ ...COMPLETE, TRUSTED_PROXIES: '' })).toEqual(['TRUSTED_PROXIES']);
    // Without TLS nothing has to stand before it.
    expect(namedIn({ ...COMPLETE, TRUSTED_PROXIES: '', PUBLIC_URL: 'http://id.acme.test' })).toEqual([
      'PUBLIC_URL',
    ]);
  });

  it('is told nothing while it is developed', () => {
    expect(oversightsIn(new Config({}))).toEqual([]);
  });
});
