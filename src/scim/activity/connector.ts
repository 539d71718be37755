const BY_USER_AGENT: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/okta/i, 'Okta'],
  [/entra|azure|microsoft|\bMSFT\b/i, 'Entra'],
  [/jumpcloud/i, 'JumpCloud'],
  [/onelogin/i, 'OneLogin'],
  [/ping(one|federate|identity)/i, 'Ping'],
  [/google/i, 'Google'],
  [/keycloak/i, 'Keycloak'],
];

/** The connector that sent a request, from its User-Agent or query; undefined if unknown. */
export function connectorOf(userAgent: string | undefined, query: string): string | undefined {
  const named = userAgent && BY_USER_AGENT.find(([pattern]) => pattern.test(userAgent));
  if (named) return named[1];
  // Entra sends no telling User-Agent; its feature flag in the tenant URL gives it away.
  return /(^|&)aadOptscim062020/i.test(query) ? 'Entra' : undefined;
}
