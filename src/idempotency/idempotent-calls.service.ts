import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import type { CallOnce, OnlyOnce } from '../audit/only-once';
import { Keyring } from '../crypto/keyring';
import { Database } from '../database/database';
import { problemOf, requestInProgress } from '../http/problem-of';
import { Conflict, Problem } from '../http/problems';
import { type RequestContext, requestContext } from '../http/request-context';
import { type Claim, IdempotencyKeys, type NamedCall, type Remembered } from './idempotency-keys.service';
import { answerOf, type KeptAnswer, sayAgain } from './kept-answer';
import { nameOf, type RequestName } from './named-request';
import { NOBODY, refuseLesser, type Standing, standingOf } from './standing';

/** How long a form waits for the same form, which was sent a moment ago: three seconds. */
const LOOKS = 30;
const LOOK_EVERY_MS = 100;

/** Whose name of a call counts: the credential that it comes with. */
type Asker = Pick<NamedCall, 'workspaceId' | 'credentialId' | 'memberId'>;

/**
 * Executes a call with an Idempotency-Key once and returns the same response to repetitions
 * (draft-ietf-httpapi-idempotency-key-header). AccessGuard checks each repetition as well.
 *
 * One of several requests claims the call, by a single statement. The last statement of the call's transaction marks
 * it as done and stores the response. A call with several transactions marks it in each one that records something,
 * and stores the response after the last. So no call is executed twice, whenever the process dies: a call without a
 * committed transaction may be repeated once the claim has expired; any other counts as done, possibly without its
 * response.
 */
@Injectable()
export class IdempotentCalls implements OnlyOnce, OnModuleInit {
  private readonly log = new Logger('Idempotency');
  private readonly underWay = new WeakMap<RequestContext, Claim>();

  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly keyring: Keyring,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  onModuleInit(): void {
    this.trail.always(() => this.settle());
  }

  /**
   * Throws what `work` throws, 400 `idempotency_key_invalid`, 401 and 403 when the caller has fewer permissions than
   * at the first call, 409 `request_in_progress` and `answer_not_kept`, and 422 `idempotency_key_reused`.
   */
  async run(work: (call?: CallOnce) => Promise<unknown>): Promise<unknown> {
    const context = requestContext.current();
    const principal = (context?.exchange?.request as { principal?: Principal } | undefined)?.principal;
    if (!context || !principal) return work();
    return this.once(askerOf(principal), context, work, {
      standing: () => standingOf(principal, context),
      mayHear: (standing) => refuseLesser(standing, principal),
    });
  }

  /**
   * As `run`, for the holder of a link that we issued, who is not signed in. `id` is that of the link. Returns what
   * `work` returns, or returned earlier for the same form and link.
   */
  async runFor(
    { workspaceId, id }: { readonly workspaceId: string; readonly id: string },
    work: () => Promise<string>,
  ): Promise<string> {
    const context = requestContext.current();
    if (!context) return work();
    const asker = { workspaceId, credentialId: id, memberId: null };
    const done = async (call?: CallOnce): Promise<string> => {
      const answer = await work();
      await call?.answered(answer);
      return answer;
    };
    return this.once(asker, context, done, { standing: () => NOBODY, mayHear: () => {} }) as Promise<string>;
  }

  private async once(
    asker: Asker,
    context: RequestContext,
    work: (call?: CallOnce) => Promise<unknown>,
    { standing, mayHear }: { standing: () => Standing; mayHear: (then: Standing) => void },
  ): Promise<unknown> {
    const name = context.exchange && nameOf(context.exchange.request);
    if (!context.exchange || !name) return work();
    const { request, reply } = context.exchange;
    const call = this.callOf(name, request, asker, context.requestId);
    const { claim, answer: before } = await this.claimed(call, name.waits ? LOOKS : 1);
    if (!claim) {
      mayHear(before.standing);
      return sayAgain(reply, before);
    }
    this.underWay.set(context, claim);
    try {
      return await work({ answered: (answer) => this.keep(claim, answerOf(reply, answer, standing())) });
    } catch (failure) {
      await this.release(claim, failure);
      throw failure;
    } finally {
      this.underWay.delete(context);
    }
  }

  /** Stores only hashes of the key and the request, because both may contain secrets or personal data. */
  private callOf(
    name: RequestName,
    { method, url, body }: FastifyRequest,
    asker: Asker,
    requestId: string,
  ): NamedCall {
    return {
      ...asker,
      keyMac: this.keyring.mac(JSON.stringify(name.parts), 'idempotency_keys|key'),
      requestMac: this.keyring.mac(JSON.stringify([method, url, body]), 'idempotency_keys|request'),
      requestId,
    };
  }

  /**
   * The claim, or the stored response of an earlier call. While another request executes the call, checks up to
   * `looks` times whether it has finished. When that request was refused, it left nothing, so this one gets the claim.
   */
  private async claimed(
    call: NamedCall,
    looks: number,
  ): Promise<{ claim: Claim; answer?: never } | { claim?: never; answer: KeptAnswer }> {
    const claim = await this.keys.claim(call);
    if (claim) return { claim };
    for (let left = looks; ; left -= 1) {
      const remembered = await this.keys.find(call);
      if (!remembered && left > 1) return this.claimed(call, left - 1);
      if (left <= 1 || !remembered?.isUnderWay || remembered.answer)
        return { answer: answerIn(remembered, call) };
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Something is recorded for the call under way, in the transaction in flight. */
  private settle(): void {
    const context = requestContext.current();
    const claim = context?.exchange && this.underWay.get(context);
    if (claim) this.keys.settle(claim);
  }

  /** What is done is done: without a transaction of its own, the answer may be lost, and is given all the same. */
  private async keep(claim: Claim, answer: ReturnType<typeof answerOf>): Promise<void> {
    if (this.database.inTransaction) return this.keys.keep(claim, answer);
    await this.keys.keep(claim, answer).catch((failure: unknown) => {
      this.log.error(`An answer could not be kept: ${String(failure)}`);
    });
  }

  private async release(claim: Claim, failure: unknown): Promise<void> {
    const wasRefused = problemOf(failure).status < 500;
    await (wasRefused ? this.keys.forget(claim) : this.keys.giveUp(claim)).catch((unreleased: unknown) => {
      this.log.error(`A key is not free before its claim runs out: ${String(unreleased)}`);
    });
  }
}

const askerOf = (principal: Principal): Asker => ({
  workspaceId: principal.workspaceId,
  credentialId: principal.kind === 'user' ? principal.sessionId : principal.id,
  memberId: principal.kind === 'user' ? principal.memberId : null,
});

function answerIn(remembered: Remembered | undefined, { requestMac }: NamedCall): KeptAnswer {
  if (remembered && remembered.requestMac !== requestMac) throw reused();
  if (remembered?.answer) return remembered.answer;
  if (remembered && !remembered.isUnderWay) throw notKept(remembered);
  throw requestInProgress();
}

const reused = (): Problem =>
  new Problem(
    422,
    'idempotency_key_reused',
    'Another request was made under this Idempotency-Key. Take a new key for each.',
  );

const notKept = ({ requestId }: Remembered): Conflict =>
  new Conflict(
    'answer_not_kept',
    `This was done, at least in part, and its answer is lost; it is not done again. Look at what is there: the audit log names the request ${requestId}.`,
  );
