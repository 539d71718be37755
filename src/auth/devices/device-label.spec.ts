import { deviceLabel } from './device-label';
import { networkAround, placeOf } from './whereabouts';

describe('The label of a device', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
      'Firefox on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
      'Chrome on ChromeOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1',
      'Chrome on iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
      'Samsung Internet on Android',
    ],
    ['curl/8.5.0', 'curl'],
    ['okhttp/4.12.0', 'Java'],
    ['AcmeDesk/3.1 (Windows NT 11)', 'AcmeDesk on Windows'],
    ['LovelaceBrowser/1', 'LovelaceBrowser'],
    ['Mozilla/5.0 (Windows NT 10.0)', 'A browser on Windows'],
    ['Mozilla/5.0', null],
    ['<b>x</b>', null],
    ['', null],
    [undefined, null],
  ])('%s is %s', (userAgent, label) => {
    expect(deviceLabel(userAgent)).toBe(label);
  });
});

describe('An address', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0/24', null],
    ['::ffff:203.0.113.77', '203.0.113.0/24', null],
    ['2001:db8:1:2::3', '2001:db8:1::/48', null],
    ['10.1.2.3', '10.1.2.0/24', 'A private network'],
    ['fd00::1', 'fd00::/48', 'A private network'],
    ['127.0.0.1', '127.0.0.0/24', 'The machine of the service'],
    ['nowhere', null, null],
    [null, null, null],
  ])('%s is in %s, %s', (ip, network, place) => {
    expect([networkAround(ip), placeOf(ip)]).toEqual([network, place]);
  });
});
