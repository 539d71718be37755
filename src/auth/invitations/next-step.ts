/** How whoever accepted signs in. */
export type NextStep =
  { readonly method: 'password' } | { readonly method: 'sso'; readonly loginUrl: string };
