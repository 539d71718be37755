import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import type { EnrollableType } from './factor.entity';

/** What somebody wants to set up. */
export interface WantedFactor {
  readonly type: EnrollableType;
  readonly name: string | null;
  /** Of an sms factor, as it was typed. */
  readonly phone?: string | undefined;
}

/** What a person sets a factor up with. Shown once. */
export type Enrolment =
  | {
      readonly id: string;
      readonly type: 'totp';
      /** The seed in base32. */
      readonly secret: string;
      readonly otpauthUrl: string;
    }
  | {
      readonly id: string;
      readonly type: 'webauthn';
      readonly options: PublicKeyCredentialCreationOptionsJSON;
    }
  | {
      readonly id: string;
      readonly type: 'sms';
      /** Masked. A code is still to be sent there (SmsSender). */
      readonly phone: string;
    };
