import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { SCIM_SCOPES, type ScimScope } from '../../access/scim-scopes';
import { lifetimeAgain } from '../../api-keys/api-key-lifetime';
import { AuditTrail } from '../../audit/audit-trail';
import { WEEK_SECONDS } from '../../config/durations';
import { type CredentialPrefix, issueCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound, ValidationFailed } from '../../http/problems';
import { RETURNS_WITH_DIRECTORY } from './returning-credentials';
import { type ScimCredentialKind, ScimToken } from './scim-token.entity';

export interface NewScimToken {
  readonly name: string;
  readonly expiresAt?: string | null | undefined;
  /** All unless told. */
  readonly scopes?: readonly ScimScope[] | undefined;
  /** The member who makes it. */
  readonly createdBy: string;
  readonly kind?: ScimCredentialKind;
}

/** How an old credential gives way to a new one. */
export interface Rotation {
  /** A week unless told. */
  readonly overlapSeconds?: number | undefined;
  /** Of the new one; as long as the old one lived unless told. */
  readonly expiresAt?: string | null | undefined;
  readonly createdBy: string;
}

export interface IssuedScimToken {
  readonly token: ScimToken;
  /** Shown once; only its hash is kept. */
  readonly text: string;
}

const KINDS = {
  token: { prefix: 'ghs', noun: 'SCIM token', target: 'scim_token' },
  client: { prefix: 'ghk', noun: 'SCIM client', target: 'scim_client' },
} as const satisfies Record<ScimCredentialKind, { prefix: CredentialPrefix; noun: string; target: string }>;

/** The credentials by which directories reach this workspace: several may live at once, so that one can follow another. */
@Injectable()
export class ScimTokensService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Makes a token, or the secret of a client; its text is in the answer and nowhere else. Throws 400 for an expiry that is not ahead. */
  async issue({ expiresAt, ...terms }: NewScimToken): Promise<IssuedScimToken> {
    return this.make({ ...terms, expiresAt: expiresAt ? instantAhead(expiresAt) : null });
  }

  /** Newest first, one more than the page holds. */
  list({ limit, cursor }: PageQuery, kind: ScimCredentialKind): Promise<ScimToken[]> {
    return this.tokens.find({
      where: { kind, ...(cursor && { id: LessThan(decodeCursor(cursor)) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /**
   * Makes a credential with the same name and scopes in place of a live one, which ends after the overlap. Throws
   * NotFound, 409 `scim_token_ended` for one that no longer opens anything, 400 for an expiry that is not ahead.
   */
  async rotate(
    id: string,
    kind: ScimCredentialKind,
    { overlapSeconds = WEEK_SECONDS, expiresAt, createdBy }: Rotation,
  ): Promise<IssuedScimToken & { previous: ScimToken }> {
    const now = new Date();
    const old = await this.lockLive(id, kind, now);
    const { name, scopes } = old;
    const wanted = expiresAt ? instantAhead(expiresAt) : null;
    const expiry = expiresAt === undefined ? lifetimeAgain(old, now) : wanted;
    const issued = await this.make({ kind, name, scopes, createdBy, expiresAt: expiry });
    const end = new Date(now.getTime() + overlapSeconds * 1000);
    const endsSooner = old.expiresAt !== null && old.expiresAt <= end;
    await this.tokens.update(
      { id },
      {
        replacedBy: issued.token.id,
        ...(overlapSeconds === 0 ? { revokedAt: now } : !endsSooner && { expiresAt: end }),
      },
    );
    const previous = await this.tokens.findOneByOrFail({ id });
    const { target } = KINDS[kind];
    this.trail.record({
      type: `${target}.rotated`,
      target: { type: target, id },
      data: {
        ...{ name, replacedBy: issued.token.id },
        ...{ expiresAt: previous.expiresAt, revokedAt: previous.revokedAt },
      },
    });
    return { ...issued, previous };
  }

  /**
   * Ends a credential for good, and the access tokens of a client with it, from the next request on; so also one that
   * would come back with its switched-off directory. Throws NotFound also for one that is revoked already.
   */
  async revoke(id: string, kind: ScimCredentialKind): Promise<void> {
    const { noun, target } = KINDS[kind];
    const [revoked] = await this.database.query<{ name: string }>(
      `update scim_tokens t set revoked_at = now()
        where id = $1 and kind = $2 and (revoked_at is null or exists (${RETURNS_WITH_DIRECTORY})) returning name`,
      [id, kind],
    );
    if (!revoked) throw new NotFound(noun);
    this.trail.record({
      type: `${target}.revoked`,
      target: { type: target, id },
      data: { name: revoked.name },
    });
  }

  private async make({
    kind = 'token',
    name,
    scopes = SCIM_SCOPES,
    createdBy,
    expiresAt,
  }: Omit<NewScimToken, 'expiresAt'> & { expiresAt: Date | null }): Promise<IssuedScimToken> {
    const { prefix, target } = KINDS[kind];
    const id = uuidV7();
    const { text, hash, hint } = issueCredential(prefix, this.database.workspaceId, id);
    const inOrder = SCIM_SCOPES.filter((scope) => scopes.includes(scope));
    const row = { id, kind, name, scopes: inOrder, createdBy, expiresAt, hint };
    await this.tokens.insert({ ...row, secretHash: hash });
    this.trail.record({
      type: `${target}.created`,
      target: { type: target, id },
      data: { name, scopes: inOrder, expiresAt },
    });
    return { token: await this.tokens.findOneByOrFail({ id }), text };
  }

  private async lockLive(id: string, kind: ScimCredentialKind, now: Date): Promise<ScimToken> {
    const token = await this.tokens.findOne({ where: { id, kind }, lock: { mode: 'for_no_key_update' } });
    if (!token) throw new NotFound(KINDS[kind].noun);
    if (token.revokedAt || (token.expiresAt && token.expiresAt <= now)) {
      throw new Conflict('scim_token_ended', 'This one is revoked or expired; make a new one.');
    }
    return token;
  }

  private get tokens() {
    return this.database.repository(ScimToken);
  }
}

function instantAhead(text: string): Date {
  const instant = new Date(text);
  const isAhead = instant.getTime() > Date.now() && instant.getUTCFullYear() < 10_000;
  if (!isAhead)
    throw new ValidationFailed([{ field: 'expiresAt', message: 'expiresAt must be a time ahead.' }]);
  return instant;
}
