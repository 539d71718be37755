import { Problem } from '../../http/problems';

/** The first step was right and is not enough: 403 `mfa_required` wherever nobody can be asked for the rest. */
export class SecondFactorNeeded extends Problem {
  override readonly name = 'SecondFactorNeeded';

  /**
   * @param enrollmentRequired the workspace asks for a second factor and the member has none yet
   * @param skippableUntil until then they may put setting one up off
   */
  constructor(
    readonly enrollmentRequired: boolean,
    readonly skippableUntil?: Date,
  ) {
    super(403, 'mfa_required', 'This workspace asks for a second factor. Sign in to it again.');
  }
}
