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
  /** All scopes if left out. */
  readonly scopes?: readonly ScimScope[] | undefined;
  /** The member who creates it. */
  readonly createdBy: string;
  readonly kind?: ScimCredentialKind;
}

/** How a credential is rotated. */
export interface Rotation {
  /** How long the old credential stays valid; a week if left out. */
  readonly overlapSeconds?: number | undefined;
  /** The expiry of the new credential; if left out, it lives as long as the old one did. */
  readonly expiresAt?: string | null | undefined;
  readonly createdBy: string;
}

export interface IssuedScimToken {
  readonly token: ScimToken;
  /** The credential itself, shown once; only its hash is stored. */
  readonly text: string;
}

const KINDS = {
  token: { prefix: 'ghs', noun: 'SCIM token', target: 'scim_token' },
  client: { prefix: 'ghk', noun: 'SCIM client', target: 'scim_client' },
} as const satisfies Record<ScimCredentialKind, { prefix: CredentialPrefix; noun: string; target: string }>;

/** The credentials of directories. Several can be valid at once, so that one can replace another without a gap. */
@Injectable()
export class ScimTokensService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Creates a token, or a client with its secret. Throws 400 for an expiry that is not in the future. */
  async issue({ expiresAt, ...terms }: NewScimToken): Promise<IssuedScimToken> {
    return this.make({ ...terms, expiresAt: expiresAt ? instantAhead(expiresAt) : null });
  }

  /** Newest first; one row more than the page holds. */
  list({ limit, cursor }: PageQuery, kind: ScimCredentialKind): Promise<ScimToken[]> {
    return this.tokens.find({
      where: { kind, ...(cursor && { id: LessThan(decodeCursor(cursor)) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /**
   * Creates a credential with the same name and scopes; the old one stays valid for the overlap. Throws NotFound, 409
   * `scim_token_ended` if the old one is no longer valid, 400 for an expiry that is not in the future.
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
   * Revokes a credential and the access tokens of a client, from the next request on. Also revokes one that would
   * return with its switched-off directory. Throws NotFound, also for one that is revoked already.
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
