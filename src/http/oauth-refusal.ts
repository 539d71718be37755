import type { ProblemRenderer } from './problem.filter';
import { Problem } from './problems';

/** RFC 6749 section 5.2, RFC 7009 section 2.2.1. */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_scope';

/** A request about tokens was refused, in the words of RFC 6749. */
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

/** Every error of the endpoints for tokens, wherever it was thrown (RFC 6749 section 5.2). */
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

/** The format has one sentence: there is no list of errors to see. */
function descriptionOf({ detail, extra: { errors = [] } }: Problem): string {
  const reasons = errors.map((one) => (typeof one === 'string' ? one : `${one.field}: ${one.message}`));
  return reasons.length > 0 ? reasons.join(' ') : detail;
}

/** The characters that an error_description may hold. */
const plain = (text: string): string =>
  text.replace(/"/g, "'").replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
