import { PickType } from '@nestjs/swagger';
import { ValidationFailed } from '../../http/problems';
import { readAs } from '../../http/validation.pipe';
import { isSignInFor, refuseUnknownRedirect, signInFor } from '../browser/application-return';
import { destinationOf } from '../browser/destination';
import { StartQueryDto } from '../browser/start-query.dto';

/** As at the start of a sign-in through a provider. */
class ApplicationQueryDto extends PickType(StartQueryDto, [
  'redirectUri',
  'state',
  'codeChallenge',
  'loginHint',
] as const) {}

/** Where somebody is to get who opens the sign-in, and who the application says they are. */
export interface Wanted {
  readonly destination: string | undefined;
  readonly email: string | undefined;
}

type Query = Readonly<Record<string, unknown>>;

/**
 * Anything else in the query is passed over: links to pages come with what others added. Throws ValidationFailed and 400
 * `redirect_uri_not_allowed` for the query of an application.
 */
export async function wantedBy(
  query: Query,
  allowed: { appRedirectUris: readonly string[] },
): Promise<Wanted> {
  if (query.redirectUri === undefined) {
    return { destination: destinationOf(query.destination), email: undefined };
  }
  const { redirectUri, state, codeChallenge, loginHint } = await readAs(
    ApplicationQueryDto,
    ofApplication(query),
  );
  refuseUnknownRedirect(redirectUri!, allowed);
  const destination = signInFor({ redirectUri: redirectUri!, state, codeChallenge });
  if (!isSignInFor(destination)) throw new ValidationFailed([TOO_LONG]);
  return { destination, email: loginHint };
}

const ofApplication = ({ redirectUri, state, codeChallenge, loginHint }: Query): Query => ({
  redirectUri,
  state,
  codeChallenge,
  loginHint,
});

const TOO_LONG = {
  field: 'state',
  message: 'It is too long, together with redirectUri, for a browser to keep.',
};
