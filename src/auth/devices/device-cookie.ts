import { randomBytes } from 'node:crypto';
import { cookieValue } from '../../access/authenticator';
import { sameHash } from '../../crypto/credential';
import type { Keyring } from '../../crypto/keyring';
import { setCookie } from '../browser/cookies';

/** As long as browsers keep a cookie at all. */
const MAX_AGE_SECONDS = 400 * 24 * 3_600;
const SHAPE = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;
const CONTEXT = 'device-cookie';

/** What a browser is recognised by: 128 random bits, in base64url. */
export type DeviceId = string;

export const newDevice = (): DeviceId => randomBytes(16).toString('base64url');

/**
 * The device that a Cookie header shows. Undefined without the cookie, and for one that we did not sign: whoever makes
 * numbers up is not looked for.
 */
export function readDevice(
  header: string | undefined,
  keyring: Keyring,
  secureOrigin: boolean,
): DeviceId | undefined {
  const [, device, mac] = SHAPE.exec(cookieValue(header, nameFor(secureOrigin)) ?? '') ?? [];
  if (device === undefined || mac === undefined) return undefined;
  return sameHash(Buffer.from(mac), Buffer.from(keyring.mac(device, CONTEXT))) ? device : undefined;
}

/** The Set-Cookie header that makes a browser known. It authenticates nobody. */
export function deviceCookie(device: DeviceId, keyring: Keyring, secureOrigin: boolean): string {
  return setCookie(nameFor(secureOrigin), `${device}.${keyring.mac(device, CONTEXT)}`, {
    secure: secureOrigin,
    sameSite: 'Lax',
    maxAgeSeconds: MAX_AGE_SECONDS,
  });
}

const nameFor = (secureOrigin: boolean): string => `${secureOrigin ? '__Host-' : ''}gatehouse_device`;
