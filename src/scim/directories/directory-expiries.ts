import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_MS } from '../../config/durations';
import { Database } from '../../database/database';
import { type ExpirySource, Expiries, type Watched } from '../../expiries/expiries';
import type { ScimCredentialKind } from './scim-token.entity';

interface Token {
  readonly id: string;
  readonly kind: ScimCredentialKind;
  readonly name: string;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  /** Whether the token was rotated, and whether the directory already uses the new one. */
  readonly replaced: boolean;
  readonly taken_over: boolean;
}

const SILENT_DAYS = 7;

/** SCIM tokens that expire, and directories that have stopped calling. */
@Injectable()
export class DirectoryExpiries implements ExpirySource, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly expiries: Expiries,
  ) {}

  onModuleInit(): void {
    this.expiries.add(this);
  }

  async watched(now: Date): Promise<Watched[]> {
    const tokens = await this.database.query<Token>(
      `select t.id, t.kind, t.name, t.expires_at, t.last_used_at, t.replaced_by is not null as replaced,
              coalesce(n.last_used_at is not null, false) as taken_over
         from scim_tokens t left join scim_tokens n on n.workspace_id = t.workspace_id and n.id = t.replaced_by
        where t.revoked_at is null order by t.id`,
    );
    // The directory uses the successor already, so nobody needs to be told that the old token expires.
    const needed = tokens.filter(({ taken_over }) => !taken_over);
    return needed.flatMap((token) => [...expiryOf(token), ...silenceOf(token, now)]);
  }
}

const SUBJECTS = {
  token: { type: 'scim_token', noun: 'SCIM token' },
  client: { type: 'scim_client', noun: 'SCIM client' },
} as const satisfies Record<ScimCredentialKind, object>;

const subjectOf = ({ id, kind, name }: Token) => ({ type: SUBJECTS[kind].type, id, name });

function expiryOf(token: Token): Watched[] {
  const { kind, name, expires_at, replaced } = token;
  if (!expires_at) return [];
  const [what, action] = replaced
    ? [', which was replaced and is still the one in use,', 'Enter the new one at the directory before that.']
    : ['', 'Create a new one, or rotate this one while it lives, and enter the new one at the directory.'];
  return [
    {
      ...{ kind: 'scim_token', subject: subjectOf(token), expiresAt: expires_at },
      ...{ what: `The ${SUBJECTS[kind].noun} ${name}${what}`, action },
    },
  ];
}

/** A directory whose token has ended is silent for a reason that is reported already. */
function silenceOf(token: Token, now: Date): Watched[] {
  const { kind, name, expires_at, last_used_at } = token;
  const silentMs = last_used_at ? now.getTime() - last_used_at.getTime() : 0;
  if (silentMs < SILENT_DAYS * DAY_MS || (expires_at && expires_at <= now)) return [];
  return [
    {
      ...{ kind: 'silent_directory', subject: subjectOf(token), expiresAt: null },
      what: `The directory with the ${SUBJECTS[kind].noun} ${name} was last heard on ${last_used_at!.toISOString().slice(0, 10)}.`,
      action: 'Look there whether provisioning is still on; without it, people who leave keep their access.',
      ...{ severity: 'warning', occasion: last_used_at!.toISOString() },
    },
  ];
}
