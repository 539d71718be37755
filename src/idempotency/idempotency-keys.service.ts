import { Injectable } from '@nestjs/common';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { prepared, type Statement } from '../database/statement';
import { SecretsService } from '../secrets/secrets.service';
import type { KeptAnswer } from './kept-answer';

/** A call, known by who makes it and how they name it. */
export interface NamedCall {
  readonly workspaceId: string;
  /** The API key, session or token that it comes with. */
  readonly credentialId: string;
  readonly memberId: string | null;
  /** Hashes of the key and of everything that is asked. */
  readonly keyMac: string;
  readonly requestMac: string;
  readonly requestId: string;
}

/** The right to execute a call. Only one of several concurrent requests with the same key gets it. */
export interface Claim {
  readonly workspaceId: string;
  readonly id: string;
  readonly attempt: string;
  /** Set where the answer is known. */
  answer?: { readonly sealed: string | null; readonly dataKeyId: string | null };
}

/** What became of a call. */
export interface Remembered {
  readonly requestMac: string;
  readonly requestId: string;
  readonly isUnderWay: boolean;
  readonly answer: KeptAnswer | undefined;
}

interface Row {
  readonly id: string;
  readonly requestMac: string;
  readonly requestId: string;
  readonly isUnderWay: boolean;
  readonly sealedAnswer: string | null;
  readonly dataKeyId: string | null;
}

export const KEPT_HOURS = 24;
/** Seconds after which an unfinished call counts as lost, so that a retry executes it. Longer than any call takes. */
const LEASE_SECONDS = 60;
const PURPOSE = 'idempotency_key';

const CLAIM = prepared(
  'claim_idempotency_key',
  `insert into idempotency_keys as k
          (id, credential_id, member_id, key_mac, request_mac, request_id, attempt, lease_until)
   values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => ${LEASE_SECONDS}))
   on conflict (workspace_id, credential_id, key_mac) do update
      set request_mac = excluded.request_mac, request_id = excluded.request_id, attempt = excluded.attempt,
          lease_until = excluded.lease_until, begun_at = now(), done_at = null, sealed_answer = null,
          data_key_id = null
    where (k.done_at is null and k.lease_until < now())
       or k.begun_at < now() - make_interval(hours => ${KEPT_HOURS})
   returning k.id`,
);

/** A row that nobody has finished yet, and has not been given up, is under way. */
const FIND = `
  select id, request_mac as "requestMac", request_id as "requestId", sealed_answer as "sealedAnswer",
         data_key_id as "dataKeyId", done_at is null or lease_until > now() as "isUnderWay"
    from idempotency_keys where credential_id = $1 and key_mac = $2`;

const SETTLE = prepared(
  'settle_idempotency_key',
  'select settle_idempotency_key($1::uuid, $2::uuid, $3::uuid, $4::boolean, $5::text, $6::uuid)',
);

const FORGET = prepared(
  'forget_idempotency_key',
  'delete from idempotency_keys where id = $1 and attempt = $2',
);

const GIVE_UP = prepared(
  'give_up_idempotency_key',
  `with free as (delete from idempotency_keys where id = $1 and attempt = $2 and done_at is null)
   update idempotency_keys set lease_until = now() where id = $1 and attempt = $2 and done_at is not null`,
);

/** Stores which calls were made under which key, and their responses, encrypted with the data key of the workspace. */
@Injectable()
export class IdempotencyKeys {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretsService,
  ) {}

  /** Undefined when the call was made already, or is being made. One round trip. */
  async claim(call: NamedCall): Promise<Claim | undefined> {
    const attempt = uuidV7();
    const [row] = await this.database.onceInWorkspace<{ id: string }>(call.workspaceId, CLAIM, [
      ...[uuidV7(), call.credentialId, call.memberId, call.keyMac, call.requestMac, call.requestId],
      attempt,
    ]);
    return row && { workspaceId: call.workspaceId, id: row.id, attempt };
  }

  /** Undefined when it was given up meanwhile. */
  async find({ workspaceId, credentialId, keyMac }: NamedCall): Promise<Remembered | undefined> {
    return this.database.inWorkspace(workspaceId, async () => {
      const [row] = await this.database.query<Row>(FIND, [credentialId, keyMac]);
      return row && { ...row, answer: await this.open(row) };
    });
  }

  /**
   * Makes the current transaction part of this call: its COMMIT marks the call as done. It fails with 409
   * `request_in_progress` when another request has taken over the claim meanwhile.
   */
  settle(claim: Claim): void {
    this.database.beforeCommit(claim, () => [settlementOf(claim)]);
  }

  /**
   * Stores the response, in the current transaction or else in its own. Undefined marks the call as done with a
   * response that cannot be repeated.
   */
  async keep(claim: Claim, answer: KeptAnswer | undefined): Promise<void> {
    const work = async (): Promise<void> => {
      claim.answer = await this.seal(claim.id, answer);
      this.settle(claim);
    };
    await (this.database.inTransaction ? work() : this.database.inWorkspace(claim.workspaceId, work));
  }

  /** The call was refused: its key is free. */
  async forget({ workspaceId, id, attempt }: Claim): Promise<void> {
    await this.database.onceInWorkspace(workspaceId, FORGET, [id, attempt]);
  }

  /** The call failed: its key is free unless something of it stands. */
  async giveUp({ workspaceId, id, attempt }: Claim): Promise<void> {
    await this.database.onceInWorkspace(workspaceId, GIVE_UP, [id, attempt]);
  }

  private async seal(id: string, answer: KeptAnswer | undefined): Promise<NonNullable<Claim['answer']>> {
    if (!answer) return { sealed: null, dataKeyId: null };
    const { ciphertext, dataKeyId } = await this.secrets.seal(versionOf(id), JSON.stringify(answer));
    return { sealed: ciphertext, dataKeyId };
  }

  private async open({ id, sealedAnswer, dataKeyId }: Row): Promise<KeptAnswer | undefined> {
    if (sealedAnswer === null || dataKeyId === null) return undefined;
    const opened = await this.secrets.open({ ...versionOf(id), ciphertext: sealedAnswer, dataKeyId });
    return JSON.parse(opened.reveal()) as KeptAnswer;
  }
}

const versionOf = (id: string) => ({ id, purpose: PURPOSE, version: 1 });

function settlementOf({ workspaceId, id, attempt, answer }: Claim): Statement {
  const { sealed = null, dataKeyId = null } = answer ?? {};
  return {
    statement: SETTLE,
    parameters: [workspaceId, id, attempt, answer !== undefined, sealed, dataKeyId],
  };
}
