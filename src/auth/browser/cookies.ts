export interface CookieAttributes {
  readonly secure: boolean;
  /** Left out, browsers treat it as Lax, but for two minutes let it travel with posts from other sites. */
  readonly sameSite?: 'Lax' | 'None' | undefined;
  readonly maxAgeSeconds: number;
}

/** A Set-Cookie header (RFC 6265 section 4.1). No page can read the cookie; it is sent to every path of this host. */
export function setCookie(
  name: string,
  value: string,
  { secure, sameSite, maxAgeSeconds }: CookieAttributes,
): string {
  return [
    `${name}=${value}`,
    'Path=/',
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    ...(sameSite ? [`SameSite=${sameSite}`] : []),
    `Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}`,
  ].join('; ');
}
