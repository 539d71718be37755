import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
import { refuseLesser, standingOf } from './standing';

/** How long a form waits for the same form, which was sent a moment ago: three seconds. */
const LOOKS = 30;
const LOOK_EVERY_MS = 100;

/**
 * Does a call that comes twice under one Idempotency-Key once, and gives the same answer to both
 * (draft-ietf-httpapi-idempotency-key-header). Who may call is asked before, each time.
 *
 * A call is claimed, by one statement that one of many wins. Its transaction says in its last statement that the call is
 * done, and what was answered; a call of several transactions says so in each that leaves something on record, and keeps
 * its answer after the last. So nothing is done twice wherever the process dies: what left nothing may be done again once
 * the claim has run out, and what did is known as done, at worst without its answer.
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
   * Throws what `work` throws, 400 `idempotency_key_invalid`, 401 and 403 for whoever may less than when it was done, 409 `request_in_progress` and `answer_not_kept`, and 422
   * `idempotency_key_reused`.
   */
  async run(work: (call?: CallOnce) => Promise<unknown>): Promise<unknown> {
    const context = requestContext.current();
    const principal = (context?.exchange?.request as { principal?: Principal } | undefined)?.principal;
    if (!context?.exchange || !principal) return work();
    const { request, reply } = context.exchange;
    const name = nameOf(request);
    if (!name) return work();
    const call = this.callOf(name, request, principal, context.requestId);
    const claim = await this.keys.claim(call);
    if (!claim) return this.again(call, principal, name.waits ? LOOKS : 1, reply);
    this.underWay.set(context, claim);
    try {
      return await work({
        answered: (answer) => this.keep(claim, answerOf(reply, answer, standingOf(principal, context))),
      });
    } catch (failure) {
      await this.release(claim, failure);
      throw failure;
    } finally {
      this.underWay.delete(context);
    }
  }

  /** Hashes of key and request are all that is kept of them: either may hold what is nobody's business. */
  private callOf(
    name: RequestName,
    { method, url, body }: FastifyRequest,
    principal: Principal,
    requestId: string,
  ): NamedCall {
    return {
      workspaceId: principal.workspaceId,
      credentialId: principal.kind === 'user' ? principal.sessionId : principal.id,
      memberId: principal.kind === 'user' ? principal.memberId : null,
      keyMac: this.keyring.mac(JSON.stringify(name.parts), 'idempotency_keys|key'),
      requestMac: this.keyring.mac(JSON.stringify([method, url, body]), 'idempotency_keys|request'),
      requestId,
    };
  }

  /** What was answered, to whoever may hear it. */
  private async again(
    call: NamedCall,
    principal: Principal,
    looks: number,
    reply: FastifyReply,
  ): Promise<unknown> {
    const answer = await this.answerTo(call, looks);
    refuseLesser(answer.standing, principal);
    return sayAgain(reply, answer);
  }

  /** Of a call that was made before. Looks so many times whether that has come to its end. */
  private async answerTo(call: NamedCall, looks: number): Promise<KeptAnswer> {
    const remembered = await this.keys.find(call);
    if (looks <= 1 || !remembered?.isUnderWay || remembered.answer) return answerIn(remembered, call);
    await pause(LOOK_EVERY_MS);
    return this.answerTo(call, looks - 1);
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
