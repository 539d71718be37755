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
    ['DATABASE_URL', { DATABASE_URL: 'postgres://user:word@one:5432,two:5432/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://user:word@one,two/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres:///x?host=one,two' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres:///x?host=one&host=two' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://one/x?port=5432,5433' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://user:100%@db/x' }],
    ['ENCRYPTION_KEY', { ENCRYPTION_KEY: 'c2hvcnQ=' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'id.acme.test' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'ftp://x' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://user:word@id.acme.test' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://id.acme.test/#here' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://acme.test/identity' }],
    ['PORT', { PORT: '  ' }],
    ['PORT', { PORT: '0' }],
    ['PORT', { PORT: '0x1F90' }],
    ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: '1000' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }],
    ['SMTP_URL', { SMTP_URL: 'smtp://' }],
    ['SMTP_URL', { SMTP_URL: 'mail.acme.test' }],
    ['REDIS_URL', { REDIS_URL: 'redis:///0' }],
    ['REDIS_URL', { REDIS_URL: 'redis:///run/redis.sock' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache/budgets' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache?db=budgets' }],
    ['REDIS_URL', { REDIS_URL: 'redis://:100%@cache' }],
    ['REDIS_URL', { REDIS_URL: 'http://cache' }],
    ['SMS_WEBHOOK_URL', { SMS_WEBHOOK_URL: 'sms.acme.test' }],
    ['MAIL_FROM', { MAIL_FROM: 'Acme no-reply@acme.test' }],
    ['MAIL_FROM', { MAIL_FROM: 'Acme <>' }],
    ['MAIL_FROM', { MAIL_FROM: 'Acme' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'app.acme.test/callback' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'https://app.acme.test/callback#here' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'localhost:4000/callback' }],
    ['APP_REDIRECT_URIS', { APP_REDIRECT_URIS: 'javascript://void' }],
  ])('names a wrong %s and never repeats its value', (name, env) => {
    const attempt = () => new Config(env);
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(new RegExp(`^${name} must [^\n]+\\.$`));
    expect(attempt).not.toThrow(new RegExp(Object.values(env)[0] as string));
  });

  it('takes the addresses of applications as they are', () => {
    const uris = ['https://app.acme.test/callback?of=web', 'myapp://done', 'com.acme.app:/done'];
    expect(new Config({ APP_REDIRECT_URIS: ` ${uris.join(' , ')},` }).appRedirectUris).toEqual(uris);
  });

  it('writes the public address as browsers do, so that TLS is known to be TLS', () => {
    for (const [given, origin] of [
      ['HTTPS://ID.Acme.test/', 'https://id.acme.test'],
      ['https://id.acme.test:443', 'https://id.acme.test'],
      ['http://id.acme.test:8080//', undefined],
    ] as const) {
      const read = () => new Config({ PUBLIC_URL: given });
      if (origin === undefined) expect(read).toThrow(ConfigError);
      else expect(read()).toMatchObject({ publicUrl: origin, secureOrigin: true });
    }
  });

  it('takes whoever mails come from with a name or without', () => {
    for (const from of ['no-reply@acme.test', 'Acmé Identity <no-reply@acme.test>', '<no-reply@localhost>']) {
      expect(new Config({ MAIL_FROM: from }).mailFrom).toBe(from);
    }
  });

  it('takes one database server by its name, its address or its socket', () => {
    for (const url of [
      'postgres://gatehouse@db.acme.test:5433/gatehouse?sslmode=verify-full',
      'postgresql://gatehouse@[::1]/gatehouse',
      'postgres://gatehouse@%2Frun%2Fpostgresql/gatehouse',
      'postgres:///gatehouse?host=/run/postgresql&port=5433',
    ])
      expect(new Config({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it('takes a Redis by its server and the number of a database, and TLS however it is written', () => {
    for (const [given, url] of [
      ['redis://cache:6380', 'redis://cache:6380'],
      ['redis://user:p%40ss@[::1]/3', 'redis://user:p%40ss@[::1]/3'],
      ['REDISS://cache/', 'rediss://cache/'],
    ])
      expect(new Config({ REDIS_URL: given }).redisUrl).toBe(url);
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
