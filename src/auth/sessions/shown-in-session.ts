/** SQL: what the session `s` has shown, and these words (RFC 8176) as well, once each; whoever adds others keeps theirs. */
export const amrWith = (words: string): string =>
  `s.amr || array(select word from unnest(${words}) word where not word = any (s.amr))`;

/**
 * SQL: the session `s`, whose person shows a second factor from now on, gets back what it was shortened by without one,
 * as far as the policy `p` lets sessions last.
 */
export const TIME_GIVEN_BACK = `
  expires_at = case when s.expires_with_factor_at is null then s.expires_at
                    else least(s.expires_with_factor_at, s.created_at + make_interval(secs => p.absolute_seconds)) end,
  expires_with_factor_at = null`;
