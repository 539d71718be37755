import { requireFreshAuthentication } from '../../access/fresh-authentication';
import type { UserPrincipal } from '../../access/principal';
import type { FactorsService } from './factors.service';

/** Whether this session began before its person had a second factor, and has shown none since. */
export async function lacksFactor(
  { method, amr, memberId }: UserPrincipal,
  factors: FactorsService,
): Promise<boolean> {
  if (method !== 'password' || amr.includes('mfa')) return false;
  return (await factors.listUsable(memberId)).length > 0;
}

/**
 * For what decides which factors open an account, in the transaction of the workspace: however recent the password is,
 * it is no proof where a factor stands beside it by now. Throws 401 `reauthentication_required`.
 */
export async function requireShownFactor(caller: UserPrincipal, factors: FactorsService): Promise<void> {
  if (await lacksFactor(caller, factors))
    requireFreshAuthentication({ ...caller, authenticatedAt: new Date(0) });
}
