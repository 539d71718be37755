import type { ProblemRenderer } from './problem.filter';
import { Problem } from './problems';

/** Error codes of RFC 6749 section 5.2 and RFC 7009 section 2.2.1. */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_scope';

/** An error of the token and revocation endpoints, with an error code of RFC 6749. */
export class OAuthRefusal extends Problem {
  override readonly name = 'OAuthRefusal';

  constructor(code: OAuthError, detail: string) {
    const unknown = code === 'invalid_client';
    super(
      unknown ? 401 : 400,
      code,
      detail,
      unknown ? { headers: { 'www-authenticate': 'Basic realm="gatehouse", charset="UTF-8"' } } : {},
    );
  }
}

/** Renders every error of the OAuth endpoints as RFC 6749 section 5.2 defines it. */
export const oauthProblemRenderer: ProblemRenderer = {
  render: (problem) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ error: errorOf(problem), error_description: plain(descriptionOf(problem)) }),
    headers: { pragma: 'no-cache' },
  }),
};

function errorOf(problem: Problem): string {
  if (problem instanceof OAuthRefusal) return problem.code;
  if (problem.status === 503) return 'temporarily_unavailable';
  return problem.status >= 500 ? 'server_error' : 'invalid_request';
}

/** RFC 6749 has no list of errors, so their messages are joined to one text. */
function descriptionOf({ detail, extra: { errors = [] } }: Problem): string {
  const reasons = errors.map((one) => (typeof one === 'string' ? one : `${one.field}: ${one.message}`));
  return reasons.length > 0 ? reasons.join(' ') : detail;
}

/** Replaces characters that RFC 6749 does not allow in error_description. */
const plain = (text: string): string =>
  text.replace(/"/g, "'").replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
