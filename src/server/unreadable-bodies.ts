import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { unsupportedType } from '../http/problem-of';
import type { Problem } from '../http/problems';
import { SCIM_PREFIX } from '../scim/scim-problem.renderer';

/** What programs call: in JSON, but for what OAuth has as forms (RFC 7009 section 2.1, RFC 7662 section 2.1). */
const CALLS = /^\/(v1|scim|access)\//;
const FORMS_OF_OAUTH = /^\/v1\/auth\/(introspect|revoke)$/;
const takesJsonAlone = (route: string): boolean => CALLS.test(route) && !FORMS_OF_OAUTH.test(route);

/** Of plain text its parser finds out whether there is any. */
const JSON_OR_TEXT = /^\s*(application\/(scim\+)?json|text\/plain)\s*(;|$)/i;
const AS_IT_IS = /^[\s,]*(identity[\s,]*)*$/i;

/**
 * Says of a body that it is compressed, or no JSON where nothing else is read, before it is read as what it is not: as
 * letters that are none, or as a form of one strange field. To be called before there are routes.
 */
export function refuseUnreadableBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!mayHaveBody(route)) return;
    route.preParsing = (request, _, payload, done) =>
      void done(hasBody(request) ? refusalOf(request, route.url) : undefined, payload);
  });
}

const mayHaveBody = ({ method }: RouteOptions): boolean =>
  [method].flat().some((one) => one !== 'GET' && one !== 'HEAD');

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function refusalOf({ headers }: FastifyRequest, route: string): Problem | undefined {
  if (!AS_IT_IS.test(headers['content-encoding'] ?? '')) return encoded();
  if (takesJsonAlone(route) && !JSON_OR_TEXT.test(headers['content-type'] ?? '')) return otherType(route);
  return undefined;
}

/** RFC 9110 section 15.5.16 has the header. */
const encoded = (): Problem =>
  unsupportedType('Send the body as it is, without a Content-Encoding: nothing compressed is read here.', {
    'accept-encoding': 'identity',
  });

/** Names what is read instead, where that is the same for a whole room. */
export function otherType(route: string): Problem {
  if (!takesJsonAlone(route)) return unsupportedType();
  const types = route.startsWith(`${SCIM_PREFIX}/`)
    ? 'application/scim+json or application/json'
    : 'application/json';
  return unsupportedType(`Send the body as ${types}, and name that as its content type.`);
}
