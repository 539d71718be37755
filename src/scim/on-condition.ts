import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Precondition, preconditionOf } from './protocol/precondition';

/** The precondition of a request, from If-Match and If-None-Match (RFC 7644 section 3.14). Undefined: there is none. */
export const OnCondition = createParamDecorator(
  (_: unknown, context: ExecutionContext): Precondition | undefined => {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    return preconditionOf(headers['if-match'], headers['if-none-match']);
  },
);
