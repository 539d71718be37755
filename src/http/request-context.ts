import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Data about the current request, opened by the first onRequest hook and available in all code that the request runs.
 */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string | undefined;
  /** The Cookie header. */
  readonly cookies?: string | undefined;
  /** Set-Cookie headers to add to the response, whether it succeeds or fails. */
  readonly setCookies?: string[];
  /** Set by AccessGuard after authentication. */
  caller?: { kind: 'user' | 'api_key' | 'scim'; id: string; email?: string; workspaceId: string };
  /**
   * Set for requests that may carry an Idempotency-Key: the request, and the reply that the stored response is written
   * to.
   */
  exchange?: { readonly request: FastifyRequest; readonly reply: FastifyReply };
  /** Set when this request called requireFreshAuthentication. */
  neededProof?: boolean;
  /**
   * Actor for the audit log when there is no authenticated caller: the holder of a setup link, or the requester of a
   * job that runs later.
   */
  deputy?: { type: 'user' | 'api_key' | 'scim' | 'system'; id: string | null };
}

const storage = new AsyncLocalStorage<RequestContext>();

export const requestContext = {
  run: <T>(context: RequestContext, work: () => T): T => storage.run(context, work),
  /** The context of the current request; undefined in background work. */
  current: (): RequestContext | undefined => storage.getStore(),
};
