export const MAX_RESPONSE_BYTES = 256 * 1024;

/** What one SAML message may hold at most, whatever sends it. */
export const LIMITS = { maxDepth: 32, maxElements: 2000, maxAttributes: 4000, comments: 'refuse' } as const;
