import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessGuard } from '../access/access.guard';
import { PUBLIC } from '../access/declarations';
import type { Principal } from '../access/principal';
import { Config } from '../config/config';
import { networkOf } from '../http/network-of';
import { Problem } from '../http/problems';
import { requestContext } from '../http/request-context';
import type { Taken } from './budget';
import { rateLimitHeaders } from './rate-limit-headers';
import { RATE_CLASS } from './rate-limited';
import { RateLimitExceeded, RateLimits } from './rate-limits.service';
import { RATE_POLICIES, type RateClass, type RatePolicy, ratePolicy } from './rate-policy';

/** Asked all the time by what runs us, and cheap to answer. */
const UNLIMITED = new Set(['/health/live', '/health/ready', '/metrics', '/.well-known/jwks.json']);

/**
 * Calls AccessGuard and applies rate limits: per caller with a valid credential, otherwise per network. Wrong
 * credentials count against a budget of the network that refuses only wrong credentials.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly classes = new WeakMap<object, RateClass | 'by-caller'>();

  constructor(
    private readonly config: Config,
    private readonly access: AccessGuard,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.config.rateLimits) return this.access.canActivate(context);
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & { principal?: Principal }>();
    const rateClass = this.classOf(context);
    if (rateClass !== 'by-caller') {
      if (!UNLIMITED.has(request.routeOptions.url ?? '')) {
        await this.admit(http.getResponse(), [[RATE_POLICIES[rateClass], callerNetwork()]]);
      }
      return this.access.canActivate(context);
    }
    const refusal = await this.recognise(context, http.getResponse());
    const { principal } = request;
    if (principal) {
      await this.admit(http.getResponse(), [
        [policyOf(principal), accountOf(principal)],
        [RATE_POLICIES.workspace, principal.workspaceId],
      ]);
    }
    if (refusal !== undefined) throw refusal;
    return true;
  }

  /** Returns the refusal of AccessGuard, if any: a refused call counts as well. */
  private async recognise(context: ExecutionContext, reply: FastifyReply): Promise<Error | undefined> {
    try {
      await this.access.canActivate(context);
      return undefined;
    } catch (failure) {
      if (failure instanceof Problem && failure.code === 'invalid_token') {
        await this.admit(reply, [[RATE_POLICIES['wrong-credentials'], callerNetwork()]]);
      }
      return failure as Error;
    }
  }

  /** Throws 429 `rate_limited`. The response contains the rate limit headers in either case. */
  private async admit(reply: FastifyReply, budgets: [RatePolicy, string][]): Promise<void> {
    const taken: Taken[] = [];
    let exceeded: Taken | undefined;
    for (const [policy, key] of budgets) {
      const one = this.limits.take(policy, key);
      const answer = one instanceof Promise ? await one : one;
      taken.push(answer);
      if (answer.admitted) continue;
      // Stops here, so that a refused call does not use up the later budgets, such as that of the workspace.
      exceeded = answer;
      break;
    }
    void reply.headers(rateLimitHeaders(taken));
    if (exceeded) throw new RateLimitExceeded(exceeded);
  }

  private classOf(context: ExecutionContext): RateClass | 'by-caller' {
    const handler = context.getHandler();
    const known = this.classes.get(handler);
    if (known) return known;
    const read = (key: string): unknown =>
      Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, context.getClass());
    const declared = (read(RATE_CLASS) as RateClass | undefined) ?? 'public';
    const rateClass = read(PUBLIC) === true ? declared : 'by-caller';
    this.classes.set(handler, rateClass);
    return rateClass;
  }
}

const callerNetwork = (): string => networkOf(requestContext.current()?.ip ?? '');

/** A key may have a limit of its own. */
function policyOf(principal: Principal): RatePolicy {
  const own = principal.kind === 'api_key' ? principal.rateLimit : null;
  return own ? ratePolicy('api-key', own.requests, own.seconds) : RATE_POLICIES.account;
}

/** All sessions of a member count together. */
const accountOf = (principal: Principal): string =>
  principal.kind === 'user' ? principal.memberId : principal.id;
