import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { keepRawBody } from '../api-keys/leaks/raw-body';
import { nestsDeeperThan } from '../crypto/nesting';
import { repeatsAName } from '../crypto/repeated-names';
import { repeatedName } from '../crypto/strict-json';
import { hasUnpairedSurrogate } from '../crypto/unpaired-surrogates';
import { BROADEST, isTooBroad, SHORTEST_TOO_BROAD, tooManyFields } from '../http/breadth';
import { BadRequest } from '../http/problems';
import { SCIM_MEDIA_TYPE } from '../scim/scim-problem.renderer';
import { otherType } from './unreadable-bodies';

/** Of a field that is named in a refusal. */
const LONGEST_NAME = 80;

/** Of objects and lists in each other: more than any call takes, and no danger to whoever walks them by recursion. */
const DEEPEST = 64;

type Done = (error: Error | null, body?: unknown) => void;
type Parser = ReturnType<FastifyInstance['getDefaultJsonParser']>;

/**
 * Reads JSON that means one thing only: UTF-8, and no object that names a member twice, because whoever looked at it
 * before may have read the other one. An empty body is no body: many clients name its type with every request. SCIM
 * bodies are JSON under a name of their own (RFC 7644 section 3.1), where keys that are dangerous in JavaScript are
 * passed over.
 */
export function readJsonBodies(app: NestFastifyApplication, bodyLimit: number): void {
  const fastify = app.getHttpAdapter().getInstance();
  const usual = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit }, (request, body, done) => {
    keepRawBody(request as FastifyRequest, body);
    parse(usual, request as FastifyRequest, body, done as Done);
  });
  const lenient = fastify.getDefaultJsonParser('remove', 'remove');
  fastify.addContentTypeParser(SCIM_MEDIA_TYPE, { parseAs: 'buffer' }, (request, body, done) => {
    parse(lenient, request, body as Buffer, done);
  });
  // Fastify would hand any text on, as if a call could read it. An empty one is no body, as above.
  fastify.addContentTypeParser('text/plain', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0 || request.is404) done(null, undefined);
    else done(otherType(request.routeOptions.url ?? ''));
  });
}

function parse(parser: Parser, request: FastifyRequest, bytes: Buffer, done: Done): void {
  if (bytes.length === 0) return done(null, undefined);
  if (!isUtf8(bytes)) return done(new BadRequest('malformed_json', 'The body is not UTF-8.'));
  const text = bytes.toString('utf8');
  void parser(request, text, (failure, value) => {
    if (failure) done(failure);
    else if (nestsDeeperThan(DEEPEST, text, value)) done(tooDeep());
    else if (hasBroadObject(text, value)) done(tooManyFields(false));
    else if (hasUnpairedSurrogate(text, value)) done(brokenText());
    else if (repeatsAName(text, value) && repeatsAName(text, JSON.parse(withoutMark(text))))
      done(repeated(text));
    else done(null, value);
  });
}

/** A list may be as long as it likes here: all the members of a group come in one. */
const hasBroadObject = (text: string, value: unknown): boolean =>
  text.length > SHORTEST_TOO_BROAD && isTooBroad(value, { ...BROADEST, items: Infinity });

/** What the parser itself took out counts as there: it is looked for once more in what was sent. */
const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);

const tooDeep = (): BadRequest =>
  new BadRequest(
    'nested_too_deeply',
    `The body has more than ${DEEPEST} objects and lists in one another. No call takes as many.`,
  );

const brokenText = (): BadRequest =>
  new BadRequest('malformed_json', 'A text in the body has half of a surrogate pair, which is no character.');

/** Which one it is takes a second look, at what is refused only. */
const repeated = (text: string): BadRequest => {
  const name = JSON.stringify((repeatedName(text) ?? '').slice(0, LONGEST_NAME));
  return new BadRequest(
    'repeated_field',
    `An object in the body has the field ${name} twice. Send each once.`,
  );
};
