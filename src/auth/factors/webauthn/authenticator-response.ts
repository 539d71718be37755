import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { sha256 } from '../../../crypto/sha256';
import { InvalidPasskey } from '../invalid-code';

const MOST_TEXT = 16_384;
/** WebAuthn section 4: a credential id has at most 1023 bytes. */
const MOST_ID_BYTES = 1023;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];

type Fields = Readonly<Record<string, unknown>>;

/** What the browser says it did, and for whom (WebAuthn section 5.8.1). */
export interface ClientData {
  readonly type: unknown;
  readonly challenge: string;
  readonly origin: unknown;
  readonly crossOrigin: unknown;
}

/** What `navigator.credentials.create()` answered, in its JSON form. Throws InvalidPasskey `malformed_response`. */
export function readRegistration(given: unknown): RegistrationResponseJSON {
  const { id, response } = readCredential(given);
  const transports = Array.isArray(response.transports)
    ? response.transports.filter((one) => TRANSPORTS.includes(one as string))
    : [];
  return {
    ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
    response: {
      clientDataJSON: binary(response.clientDataJSON),
      attestationObject: binary(response.attestationObject),
      transports: transports as never,
    },
  };
}

/** What `navigator.credentials.get()` answered, in its JSON form. Throws InvalidPasskey `malformed_response`. */
export function readAssertion(given: unknown): AuthenticationResponseJSON {
  const { id, response } = readCredential(given);
  const { userHandle } = response;
  return {
    ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
    response: {
      clientDataJSON: binary(response.clientDataJSON),
      authenticatorData: binary(response.authenticatorData),
      signature: binary(response.signature),
      ...(userHandle === undefined || userHandle === null ? {} : { userHandle: binary(userHandle) }),
    },
  };
}

/** The client data as the browser wrote it. Throws InvalidPasskey `malformed_response`. */
export function clientDataOf({ response }: { response: { clientDataJSON: string } }): ClientData {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString('utf8'));
  } catch {
    throw malformed();
  }
  if (!isObject(data)) throw malformed();
  const { type, challenge, origin, crossOrigin } = data;
  if (typeof challenge !== 'string') throw malformed();
  return { type, challenge, origin, crossOrigin };
}

/** What is stored of a challenge: it is random and long, so a plain hash suffices. */
export const hashChallenge = (challenge: string): Buffer => sha256(`webauthn|${challenge}`);

function readCredential(given: unknown): { id: string; response: Fields } {
  if (!isObject(given) || given.type !== 'public-key' || !isObject(given.response)) throw malformed();
  const id = binary(given.id);
  if (Buffer.from(id, 'base64url').length > MOST_ID_BYTES) throw malformed();
  if (given.rawId !== undefined && given.rawId !== id) throw malformed();
  return { id, response: given.response };
}

function binary(value: unknown): string {
  if (typeof value !== 'string' || value.length > MOST_TEXT || !BASE64URL.test(value)) throw malformed();
  return value;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (): InvalidPasskey => new InvalidPasskey('malformed_response');
