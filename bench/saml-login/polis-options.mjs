/** The same for the server and for seeding. Whatever is not named here is the default of Polis. */
export function polisOptions(publicUrl, databaseUrl) {
  return {
    externalUrl: publicUrl,
    samlPath: '/acs',
    oidcPath: '/callback',
    samlAudience: 'https://polis.bench.test',
    db: { engine: 'sql', type: 'postgres', url: databaseUrl, pagination: { limit: 50 } },
    clientSecretVerifier: 'a verifier of the benchmark',
    noAnalytics: true,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
}
