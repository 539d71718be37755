import { Keyring } from '../../crypto/keyring';
import { deviceCookie, newDevice, readDevice } from './device-cookie';

describe('The cookie of a device', () => {
  const keyring = new Keyring(Buffer.alloc(32, 1));
  const device = newDevice();
  const shown = (header: string): string => header.split(';')[0]!;

  it('is read as it was set', () => {
    for (const secure of [true, false]) {
      const header = deviceCookie(device, keyring, secure);
      expect(readDevice(`a=b; ${shown(header)}`, keyring, secure)).toBe(device);
      expect(header).toContain('HttpOnly');
    }
    expect(deviceCookie(device, keyring, true)).toMatch(/^__Host-gatehouse_device=.*; Path=\/;.*; Secure/);
  });

  it('counts only when we signed it', () => {
    const text = shown(deviceCookie(device, keyring, true));
    const elsewhere = shown(deviceCookie(device, new Keyring(Buffer.alloc(32, 2)), true));
    const swapped = text.replace(device, newDevice());
    for (const forged of ['', 'x=y', elsewhere, swapped, text.slice(0, -1), `${text}x`, text.split('.')[0]!])
      expect(readDevice(forged, keyring, true)).toBeUndefined();
  });
});
