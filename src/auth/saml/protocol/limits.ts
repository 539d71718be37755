export const MAX_RESPONSE_BYTES = 256 * 1024;

/** Size limits of every SAML message. */
export const LIMITS = { maxDepth: 32, maxElements: 2000, maxAttributes: 4000, comments: 'refuse' } as const;
