import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { type ExpirySource, Radar, type Watched } from '../../radar/radar';

interface Token {
  readonly id: string;
  readonly name: string;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

const SILENT_DAYS = 7;
const DAY_MS = 86_400_000;

/** SCIM tokens that end, and directories that no longer call. */
@Injectable()
export class DirectoryExpiries implements ExpirySource, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly radar: Radar,
  ) {}

  onModuleInit(): void {
    this.radar.add(this);
  }

  async watched(now: Date): Promise<Watched[]> {
    const tokens = await this.database.query<Token>(
      `select id, name, expires_at, last_used_at from scim_tokens where revoked_at is null order by id`,
    );
    return tokens.flatMap((token) => [...expiryOf(token), ...silenceOf(token, now)]);
  }
}

function expiryOf({ id, name, expires_at }: Token): Watched[] {
  if (!expires_at) return [];
  return [
    {
      ...{ kind: 'scim_token', subject: { type: 'scim_token', id, name }, expiresAt: expires_at },
      what: `The SCIM token ${name}`,
      action: 'Create a new one, enter it at the directory, then revoke this one.',
    },
  ];
}

/** A token that ended is silent for a reason that is told already. */
function silenceOf({ id, name, expires_at, last_used_at }: Token, now: Date): Watched[] {
  const silentMs = last_used_at ? now.getTime() - last_used_at.getTime() : 0;
  if (silentMs < SILENT_DAYS * DAY_MS || (expires_at && expires_at <= now)) return [];
  return [
    {
      ...{ kind: 'silent_directory', subject: { type: 'scim_token', id, name }, expiresAt: null },
      what: `The directory with the SCIM token ${name} was last heard on ${last_used_at!.toISOString().slice(0, 10)}.`,
      action: 'Look there whether provisioning is still on; without it, people who leave keep their access.',
      ...{ severity: 'warning', occasion: last_used_at!.toISOString() },
    },
  ];
}
