import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import {
  type Concerned,
  type DirectoryPerson,
  DirectoryRelease,
} from '../../members/offboarding/directory-release.service';
import { CredentialsAtOnce, type LiveCredential } from '../directories/credentials-at-once.service';

export const SWITCH_OFF_MODES = ['convert', 'suspend', 'keep'] as const;
export type SwitchOffMode = (typeof SWITCH_OFF_MODES)[number];

/** What switching off would come to. */
export interface SwitchOffForecast {
  readonly mode: SwitchOffMode;
  readonly credentials: readonly LiveCredential[];
  /** How many people directories look after. */
  readonly people: number;
  /** How many of them the mode would change, and the oldest of those. */
  readonly concerned: number;
  readonly shown: readonly DirectoryPerson[];
  /** Stays although the mode is to suspend: whoever switches off, so that an admin remains who can undo it. */
  readonly spared: DirectoryPerson | undefined;
  readonly losses: { readonly sessions: number; readonly apiKeys: number; readonly apiKeysKept: boolean };
}

/** How many of the people concerned are named; there is always a number of all. */
export const MOST_NAMED = 100;

const NOTHING_LOST = { sessions: 0, apiKeys: 0, apiKeysKept: true };

/** Whom and what switching a directory off concerns. Changes nothing. */
@Injectable()
export class SwitchOffPlan {
  constructor(
    private readonly people: DirectoryRelease,
    private readonly credentials: CredentialsAtOnce,
  ) {}

  async of(admin: UserPrincipal, mode: SwitchOffMode): Promise<SwitchOffForecast> {
    const concerned = concernedBy(mode, admin.memberId);
    return {
      mode,
      credentials: await this.credentials.live(),
      ...(await this.people.count(concerned)),
      shown: concerned ? await this.people.firstConcerned(concerned, MOST_NAMED) : [],
      spared: concerned?.except ? await this.people.find(concerned.except) : undefined,
      losses: mode === 'suspend' ? await this.people.losses(admin.memberId) : NOTHING_LOST,
    };
  }
}

/** Whom a mode changes, when this member switches off; undefined: nobody. */
export function concernedBy(mode: SwitchOffMode, memberId: string): Concerned | undefined {
  if (mode === 'keep') return undefined;
  return mode === 'suspend' ? { mode, except: memberId } : { mode };
}
