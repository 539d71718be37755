import { createHmac } from 'node:crypto';
import { Keyring } from './keyring';

/**
 * A key that only whoever holds this token has: the database keeps its hash alone. What is sealed under it is opened
 * neither by the database nor by our encryption keys.
 */
export const keyringUnder = (token: string, purpose: string): Keyring =>
  new Keyring(createHmac('sha256', purpose).update(token).digest());
