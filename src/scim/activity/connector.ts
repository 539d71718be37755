const BY_USER_AGENT: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/okta/i, 'Okta'],
  [/entra|azure|microsoft|\bMSFT\b/i, 'Entra'],
  [/jumpcloud/i, 'JumpCloud'],
  [/onelogin/i, 'OneLogin'],
  [/ping(one|federate|identity)/i, 'Ping'],
  [/google/i, 'Google'],
  [/keycloak/i, 'Keycloak'],
];

/** The connector behind a request, as far as it says so itself; undefined for one that cannot be told. */
export function connectorOf(userAgent: string | undefined, query: string): string | undefined {
  const named = userAgent && BY_USER_AGENT.find(([pattern]) => pattern.test(userAgent));
  if (named) return named[1];
  // Entra puts its feature flag behind the tenant URL and says nothing else.
  return /(^|&)aadOptscim062020/i.test(query) ? 'Entra' : undefined;
}
