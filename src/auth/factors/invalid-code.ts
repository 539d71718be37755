import { Problem } from '../../http/problems';

/** One answer for everything that proves nothing; `reason` stands in the audit log. */
export class InvalidCode extends Problem {
  override readonly name: string = 'InvalidCode';
  declare readonly code: 'invalid_code' | 'invalid_passkey';

  constructor(
    readonly why: string,
    code: 'invalid_code' | 'invalid_passkey' = 'invalid_code',
    detail = 'This code is wrong, or was used before. Enter the one shown now.',
  ) {
    super(401, code, detail, { reason: why });
  }
}

/** The same for what an authenticator answered. */
export class InvalidPasskey extends InvalidCode {
  override readonly name = 'InvalidPasskey';

  constructor(why: string) {
    super(why, 'invalid_passkey', 'This passkey or security key was not accepted. Try again.');
  }
}
