import type { JudgedBefore } from '../../sso-connections/rollback/connection-rollback.service';
import type { Check } from '../../sso-connections/diagnosis/check';
import type { Answering } from './sign-in-requests.service';

/** What is learnt on the way of a sign-in, filled as far as it gets; kept whether it succeeds or not. */
export interface SignInTrace {
  /** Set when somebody came back from the identity provider: which sign-in the answer says it belongs to. */
  answering?: Answering;
  /** Judges the same answer by earlier settings, where that is possible a second time. */
  judgedBefore?: JudgedBefore;
  /** Who the identity provider spoke of. */
  subject?: string;
  email?: string;
  /** Every check that was made, in order, those that hold too. */
  checks?: readonly Check[];
  /** The assertion or ID token as it was read, without anything secret: no token, no signature value, no key. */
  statement?: Readonly<Record<string, unknown>>;
  /** Attributes or claims about the person, by their exact names. */
  attributes?: Readonly<Record<string, readonly string[]>>;
}

/** Why somebody was not let in; `reason` is for the audit log only. */
export interface SignInFailure extends Readonly<Pick<SignInTrace, 'subject' | 'email'>> {
  readonly code: string;
  readonly reason: string;
}
