import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { keepRawBody } from './api-keys/leaks/raw-body';
import { repeatsAName } from './crypto/repeated-names';
import { repeatedName } from './crypto/strict-json';
import { BadRequest } from './http/problems';
import { SCIM_MEDIA_TYPE } from './scim/scim-problem.renderer';

/** Of a field that is named in a refusal. */
const LONGEST_NAME = 80;

type Done = (error: Error | null, body?: unknown) => void;
type Parser = ReturnType<FastifyInstance['getDefaultJsonParser']>;

/**
 * Reads JSON that means one thing only: a body in which an object names a member twice is refused, because whoever
 * looked at it before may have read the other one. SCIM bodies are JSON under a name of their own (RFC 7644
 * section 3.1), where an empty one is no body and keys that are dangerous in JavaScript are passed over.
 */
export function readJsonBodies(app: NestFastifyApplication, bodyLimit: number): void {
  const fastify = app.getHttpAdapter().getInstance();
  const usual = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit }, (request, body, done) => {
    keepRawBody(request as FastifyRequest, body);
    parse(usual, request as FastifyRequest, body.toString('utf8'), done as Done);
  });
  const lenient = fastify.getDefaultJsonParser('remove', 'remove');
  fastify.addContentTypeParser(SCIM_MEDIA_TYPE, { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(lenient, request, body as string, done);
  });
}

function parse(parser: Parser, request: FastifyRequest, text: string, done: Done): void {
  void parser(request, text, (failure, value) => {
    if (failure) done(failure);
    else if (repeatsAName(text, value) && repeatsAName(text, JSON.parse(withoutMark(text))))
      done(repeated(text));
    else done(null, value);
  });
}

/** What the parser itself took out counts as there: it is looked for once more in what was sent. */
const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);

/** Which one it is takes a second look, at what is refused only. */
const repeated = (text: string): BadRequest => {
  const name = JSON.stringify((repeatedName(text) ?? '').slice(0, LONGEST_NAME));
  return new BadRequest(
    'repeated_field',
    `An object in the body has the field ${name} twice. Send each once.`,
  );
};
