import type { FastifyInstance } from 'fastify';
import { Problem } from '../http/problems';

/**
 * Says of a known address which methods it takes, when it is asked with another one (RFC 9110 section 15.5.6). Before
 * anybody asks who it is, and from what is declared alone: it tells nothing but what the OpenAPI document does. To be
 * called before there are routes.
 */
export function refuseOtherMethods(fastify: FastifyInstance): void {
  const addresses = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const { methods } = addresses.get(url) ?? { methods: new Set() };
    for (const one of [method].flat()) methods.add(one);
    addresses.set(url, { pattern: patternOf(url), methods });
  });
  fastify.addHook('onRequest', (request, _, done) => {
    if (!request.is404) return done();
    const [path = ''] = request.url.split('?');
    const known = [...addresses.values()].filter(({ pattern }) => pattern.test(path));
    if (known.length === 0) return done();
    done(methodNotAllowed(request.method, new Set(known.flatMap(({ methods }) => [...methods]))));
  });
}

function methodNotAllowed(asked: string, methods: ReadonlySet<string>): Problem {
  const allow = [...methods].sort().join(', ');
  return new Problem(405, 'method_not_allowed', `This address takes no ${asked}. It takes ${allow}.`, {
    headers: { allow },
  });
}

/** What a route as it is declared stands for: `:id` for one segment that is not empty, `*` for whatever follows. */
function patternOf(route: string): RegExp {
  const segments = route.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
