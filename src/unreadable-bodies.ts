import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { unsupportedType } from './http/problem-of';
import type { Problem } from './http/problems';

/** What programs call: in JSON, but for what OAuth has as forms (RFC 7009 section 2.1, RFC 7662 section 2.1). */
const CALLS = /^\/(v1|scim|access)\//;
const FORMS_OF_OAUTH = /^\/v1\/auth\/(introspect|revoke)$/;

const FORM = /^\s*application\/x-www-form-urlencoded\s*(;|$)/i;
const AS_IT_IS = /^[\s,]*(identity[\s,]*)*$/i;

/**
 * Says of a body that it is a form where none is read, or compressed, before it is read as what it is not: a form of one
 * strange field, or letters that are none. To be called before there are routes.
 */
export function refuseUnreadableBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!mayHaveBody(route)) return;
    const readsForms = !CALLS.test(route.url) || FORMS_OF_OAUTH.test(route.url);
    route.preParsing = (request, _, payload, done) =>
      void done(hasBody(request) ? refusalOf(request, readsForms) : undefined, payload);
  });
}

const mayHaveBody = ({ method }: RouteOptions): boolean =>
  [method].flat().some((one) => one !== 'GET' && one !== 'HEAD');

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function refusalOf({ headers }: FastifyRequest, readsForms: boolean): Problem | undefined {
  if (!AS_IT_IS.test(headers['content-encoding'] ?? '')) return encoded();
  if (!readsForms && FORM.test(headers['content-type'] ?? '')) return noForm();
  return undefined;
}

/** RFC 9110 section 15.5.16 has the header. */
const encoded = (): Problem =>
  unsupportedType('Send the body as it is, without a Content-Encoding: nothing compressed is read here.', {
    'accept-encoding': 'identity',
  });

const noForm = (): Problem =>
  unsupportedType(
    'This call reads JSON, not forms: name the content type of the body, such as application/json.',
  );
