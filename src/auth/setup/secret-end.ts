import { isInstant } from '../../http/instant';
import { ValidationFailed } from '../../http/problems';
import { day } from '../pages/words';

/** What a form says of a client secret and its end. */
export interface SecretForm {
  readonly clientSecret?: string | undefined;
  /** A day; null: the field was left empty, undefined: there was none. */
  readonly clientSecretExpiresAt?: string | null | undefined;
  /** The moment whose day the page showed. */
  readonly knownSecretEnd?: string | undefined;
}

const PASSED = {
  field: 'oidc.clientSecretExpiresAt',
  message: 'This day has passed. Enter the day on which the secret will end, or nothing.',
};

/**
 * The end of the secret as the API would have been told it; undefined: nothing of it. A day that stays as it was shown
 * keeps its time, and is none of a new secret. Of another day the first moment counts: nobody knows when on that day the
 * provider stops.
 * @throws ValidationFailed for a day that has passed
 */
export function secretEndOf(form: SecretForm, now: Date): string | null | undefined {
  const { clientSecretExpiresAt: entered } = form;
  if (entered === undefined || isAsShown(form)) return undefined;
  if (entered === null) return null;
  const end = `${entered}T00:00:00Z`;
  if (isInstant(end) && entered < day(now)) throw new ValidationFailed([PASSED]);
  return end;
}

/** Where a day was known, the secret that comes without its own leaves nobody told. */
export const secretEndWarnings = (form: SecretForm): { readonly code: string }[] =>
  form.clientSecret !== undefined &&
  form.knownSecretEnd !== undefined &&
  (!form.clientSecretExpiresAt || isAsShown(form))
    ? [{ code: 'client_secret_end_forgotten' }]
    : [];

const isAsShown = ({ clientSecretExpiresAt, knownSecretEnd }: SecretForm): boolean =>
  (clientSecretExpiresAt ?? undefined) === knownSecretEnd?.slice(0, 'yyyy-mm-dd'.length);
