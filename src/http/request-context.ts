import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Who asked, from where: opened by the first hook of every request, readable everywhere below it. */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string | undefined;
  /** The Cookie header. */
  readonly cookies?: string | undefined;
  /** Set-Cookie headers that go with whatever answer there will be. */
  readonly setCookies?: string[];
  /** Set by the guard once the credential is recognised. */
  caller?: { kind: 'user' | 'api_key' | 'scim'; id: string; email?: string; workspaceId: string };
  /** Of a request that may name itself, so that it is done once: what was asked, and where the answer goes. */
  exchange?: { readonly request: FastifyRequest; readonly reply: FastifyReply };
  /** Set once somebody had to prove in this request that they proved lately who they are. */
  neededProof?: boolean;
  /** Who acts without being a caller: whoever holds a setup link, or asked for what is done later. */
  deputy?: { type: 'user' | 'api_key' | 'scim' | 'system'; id: string | null };
}

const storage = new AsyncLocalStorage<RequestContext>();

export const requestContext = {
  run: <T>(context: RequestContext, work: () => T): T => storage.run(context, work),
  /** The request being served, or undefined in background work. */
  current: (): RequestContext | undefined => storage.getStore(),
};
