import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { Places } from '../../src/auth/devices/geo/places.service';
import { PASSWORD, startApp, type TestApp } from '../support/app';
import { cityRecord, geoDatabase } from '../support/geo-database';
import { mailsTo } from '../support/outbox';

describe('A database of places that the operator mounted', () => {
  let directory: string;
  let file: string;
  let app: TestApp;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'places-'));
    file = join(directory, 'city.mmdb');
    writeFileSync(file, geoDatabase({ '203.0.113.0/24': cityRecord('Berlin', 'Germany') }));
    app = await startApp({ GEOIP_DATABASE: file, TRUSTED_PROXIES: '127.0.0.1,::1' });
  });
  afterAll(async () => {
    await app?.close();
    rmSync(directory, { recursive: true });
  });

  it('says where sessions and new devices are, of addresses that it knows', async () => {
    const acme = await app.workspace();
    const { email, memberId } = await app.member(acme, 'viewer');
    const login = (ip: string, userAgent: string) =>
      app
        .http()
        .post('/v1/auth/login')
        .set({ 'x-forwarded-for': ip, 'user-agent': userAgent })
        .send({ email, password: PASSWORD, workspace: acme.slug })
        .expect(200);
    const { body: session } = await login('203.0.113.5', 'curl/8');
    await login('192.0.2.9', 'wget/1');
    const places = async (path: string, token: string) => {
      const { body } = await app.http(token).get(path).expect(200);
      return (body.data as { ip: string; place: string | null }[])
        .filter(({ ip }) => !/127|::1/.test(ip))
        .map(({ ip, place }) => [ip, place]);
    };
    const expected = [
      ['192.0.2.9', null],
      ['203.0.113.5', 'Berlin, Germany'],
    ];
    expect(await places('/v1/auth/sessions', session.accessToken as string)).toEqual(expected);
    expect(await places(`/v1/members/${memberId}/sessions`, acme.admin.accessToken)).toEqual(expected);
    await app.app.get(DeviceWatch, { strict: false }).settled();
    const mails = mailsTo(app, email).map(({ text }) => text);
    expect(mails).toContainEqual(expect.stringContaining('203.0.113.5 (Berlin, Germany)'));
  });

  it('is read again when it was replaced; a broken one leaves the last good one in use', async () => {
    const places = app.app.get(Places, { strict: false });
    writeFileSync(file, 'half a file');
    await places.lookAgain();
    expect(places.of('203.0.113.5')).toBe('Berlin, Germany');
    writeFileSync(file, geoDatabase({ '203.0.113.0/24': cityRecord('Hamburg', 'Germany') }));
    await places.lookAgain();
    expect(places.of('203.0.113.5')).toBe('Hamburg, Germany');
    expect(places.of('10.0.0.1')).toBe('A private network');
  });

  it.each(['/no/such/file', __filename])('keeps the service from starting when it is %s', async (path) => {
    await expect(startApp({ GEOIP_DATABASE: path }, app)).rejects.toThrow('GEOIP_DATABASE cannot be used');
  });
});
