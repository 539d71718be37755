import { Problem } from '../../http/problems';

/** One answer for every code that opens nothing; `reason` stands in the audit log. */
export class InvalidCode extends Problem {
  override readonly name = 'InvalidCode';

  constructor(reason: string) {
    super(401, 'invalid_code', 'This code is wrong, or was used before. Enter the one shown now.', {
      reason,
    });
  }
}
