import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { preconditionOf } from './protocol/precondition';

/** The precondition of a write, from If-Match or If-None-Match (RFC 7644 section 3.14). Undefined: there is none. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return preconditionOf(headers['if-match'], headers['if-none-match']);
});
