import type { Notice } from '../../mail/notice';
import { diagnosisOf } from '../diagnosis/diagnosis-of';
import { fingerprints, type Snapshot } from '../revisions/snapshot';

/** A change that kept people out: of which connection, which revision it made, and what sign-ins were refused for. */
export interface Failed {
  readonly connectionId: string;
  readonly revision: number;
  readonly code: string;
}

/** What is in force, and the last good settings as they would come back. */
export interface Returning {
  readonly number: number;
  readonly live: Snapshot;
  readonly asItReturns: Snapshot;
  readonly kept: readonly string[];
}

/** Earlier settings came back, as the revision `now`. */
export function takenBack({ connectionId, revision, code }: Failed, good: Returning, now: number): Notice {
  const name = nameOf(good);
  const known = certificatesOf(good.live);
  const again = certificatesOf(good.asItReturns).filter((pem) => !known.includes(pem));
  return {
    subject: `The latest change of ${name} was taken back`,
    paragraphs: [
      `After the change that made revision ${revision} of the connection ${name}, people could not sign in any more, and nobody could. The settings of revision ${good.number} are in force again, as revision ${now}. What was demanded of sign-ins since then still is.`,
      whatItMeans(code),
      'Make the change again when the cause is found, and test it before people need it: what has passed a test is not taken back.',
      ...(again.length > 0 ? [TRUSTED_AGAIN] : []),
    ],
    items: fingerprints(again),
    key: `rolled_back|${connectionId}|${revision}`,
  };
}

/** The mail when nothing was restored, because people fail only by a demand of the change. */
export function keptOut({ connectionId, revision, code }: Failed, good: Returning): Notice {
  const name = nameOf(good);
  return {
    subject: `People cannot sign in since the latest change of ${name}`,
    paragraphs: [
      `Since the change that made revision ${revision} of the connection ${name}, nobody has signed in, and people fail whom revision ${good.number} would have let in. What keeps them out was demanded for safety, so it is not taken back by itself. The new demands are listed below.`,
      whatItMeans(code),
      `If it was not meant so, restore revision ${good.number} of the connection. If you took a certificate away because its key fell into wrong hands, it may be somebody with that key who fails: do nothing.`,
    ],
    items: good.kept,
    key: `kept_out|${connectionId}|${revision}`,
  };
}

const TRUSTED_AGAIN =
  'The certificates with the fingerprints below are trusted again. If you replaced one because its key fell into wrong hands, take it away at once: add the new certificate first, and take the old one away by a change of its own. It does not return then.';

const whatItMeans = (code: string): string => {
  const { title, hint } = diagnosisOf(code);
  return `${title} (${code}). ${hint.replace(/\{\w+\}/g, 'our address')}`;
};

const nameOf = ({ live }: Returning): string => live.connection.name as string;

const certificatesOf = ({ saml }: Snapshot): readonly string[] =>
  (saml?.certificates as string[] | undefined) ?? [];
