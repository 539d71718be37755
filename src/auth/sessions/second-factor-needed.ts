import { Problem } from '../../http/problems';

/** The password was right and is not enough: 403 `mfa_required` wherever nobody can be asked for the rest. */
export class SecondFactorNeeded extends Problem {
  override readonly name = 'SecondFactorNeeded';

  /** @param enrollmentRequired the workspace asks for a second factor and the member has none yet */
  constructor(readonly enrollmentRequired: boolean) {
    super(403, 'mfa_required', 'This workspace asks for a second factor. Sign in to it again.');
  }
}
