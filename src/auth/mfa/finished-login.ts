import { Forbidden } from '../../http/problems';
import type { LoginGrant } from '../sessions/login-grant';
import type { BrowserReturn } from './mfa-challenges.service';

/**
 * Makes what the person leaves with, in the transaction of the workspace. `enrolled` of somebody who set up a first factor
 * on the way: they have recovery codes to read before they go on.
 */
export type Open<Opened> = (
  grant: LoginGrant,
  back: BrowserReturn | undefined,
  enrolled?: boolean,
) => Promise<Opened>;

/** What a sign-in with a second factor leaves with. */
export interface FinishedLogin<Opened> {
  readonly opened: Opened;
  /** Of a first factor that was set up on the way. */
  readonly recoveryCodes: string[] | undefined;
}

/** What began with a redirect ends with one. Throws 403 `finish_in_browser`. */
export function refuseBrowserSignIn(back: BrowserReturn | undefined): void {
  if (back) throw new Forbidden('Finish this sign-in on the page where it was begun.', 'finish_in_browser');
}
