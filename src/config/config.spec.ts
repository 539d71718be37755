import { Config, ConfigError } from './config';

describe('The configuration', () => {
  it('runs on defaults alone', () => {
    const config = new Config({});
    expect(config.publicUrl).toBe('http://localhost:3000');
    expect(config.demo).toBe(true);
  });

  it.each([
    ['PORT', { PORT: 'eighty' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }],
    ['ENCRYPTION_KEY', { ENCRYPTION_KEY: 'c2hvcnQ=' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'ftp://x' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://user:word@id.acme.test' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://id.acme.test/#here' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'app.acme.test/callback' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'https://app.acme.test/callback#here' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'localhost:4000/callback' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'javascript://void' }],
  ])('names a wrong %s and never repeats its value', (name, env) => {
    const attempt = () => new Config(env);
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(new RegExp(`^${name} `));
    expect(attempt).not.toThrow(new RegExp(Object.values(env)[0] as string));
  });

  it('takes the addresses of applications as they are', () => {
    const uris = ['https://app.acme.test/callback?of=web', 'myapp://done', 'com.acme.app:/done'];
    expect(new Config({ APP_REDIRECT_URIS: ` ${uris.join(' , ')},` }).appRedirectUris).toEqual(uris);
  });

  it('takes an empty variable for an unset one', () => {
    expect(new Config({ DATABASE_URL: '' }).databaseUrl).toBeUndefined();
  });

  it('refuses the demo in production', () => {
    const env = { NODE_ENV: 'production', DEMO: '1', DATABASE_URL: 'postgres://db/x' };
    expect(() => new Config(env)).toThrow('DEMO must not be set with NODE_ENV=production.');
  });

  it('needs an encryption key of the operator in production', () => {
    const env = { NODE_ENV: 'production', DATABASE_URL: 'postgres://db/x' };
    expect(() => new Config(env)).toThrow(/^ENCRYPTION_KEY/);
  });

  it('takes the three bootstrap variables together or not at all', () => {
    expect(() => new Config({ BOOTSTRAP_WORKSPACE: 'acme' })).toThrow(/set together/);
    const config = new Config({
      BOOTSTRAP_WORKSPACE: 'acme',
      BOOTSTRAP_ADMIN_EMAIL: 'Ada@Acme.test',
      BOOTSTRAP_ADMIN_PASSWORD: 'correct horse battery',
    });
    expect(config.bootstrap?.adminEmail).toBe('ada@acme.test');
    expect(config.demo).toBe(false);
  });
});
