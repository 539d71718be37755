/** SQL: what the session `s` has shown, and these words (RFC 8176) as well, once each; whoever adds others keeps theirs. */
export const amrWith = (words: string): string =>
  `s.amr || array(select word from unnest(${words}) word where not word = any (s.amr))`;
