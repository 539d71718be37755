/** Letters, digits, and - . _ ~ escaped, which says the same as without (RFC 3986 section 6.2.2.2). */
const NEEDLESS = /%(?:2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/gi;

const ORIGIN = /^https?:\/\/[^/?#]*/i;

/**
 * Where a request goes, in the one spelling that everybody here reads: some tell by its beginning which room it concerns,
 * and whoever spells it otherwise must not get past them. So there is no origin before it (RFC 9112 section 3.2.2), and
 * nothing is escaped needlessly.
 *
 * A path with a per cent sign that means nothing stands for itself: it leads nowhere, and is answered like every address
 * that does, in the format of its room. Fastify by itself would answer in its own, past every hook.
 */
export function plainTarget(sent: string): string {
  const target = sent.startsWith('/') ? sent : withoutOrigin(sent);
  if (!target.includes('%')) return target;
  const [path = '', ...query] = target.split('?');
  return [plainPath(path), ...query].join('?');
}

function withoutOrigin(sent: string): string {
  const rest = sent.replace(ORIGIN, '');
  return rest === sent || rest.startsWith('/') ? rest : `/${rest}`;
}

function plainPath(path: string): string {
  try {
    decodeURIComponent(path);
  } catch {
    return path.replaceAll('%', '%25');
  }
  return path.replace(NEEDLESS, (escaped) => decodeURIComponent(escaped));
}
