import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { type DirectoryPerson, DirectoryRelease } from '../../members/offboarding/directory-release.service';
import { CredentialsAtOnce, type LiveCredential } from '../directories/credentials-at-once.service';

export const SWITCH_OFF_MODES = ['convert', 'suspend', 'keep'] as const;
export type SwitchOffMode = (typeof SWITCH_OFF_MODES)[number];

/** What switching off would come to. */
export interface SwitchOffForecast {
  readonly mode: SwitchOffMode;
  readonly credentials: readonly LiveCredential[];
  readonly people: readonly DirectoryPerson[];
  /** Whom the mode would change. */
  readonly concerned: readonly string[];
  /** Stays although the mode is to suspend: whoever switches off, so that an admin remains who can undo it. */
  readonly spared: DirectoryPerson | undefined;
  readonly losses: { readonly sessions: number; readonly apiKeys: number; readonly apiKeysKept: boolean };
}

/** Whom and what switching a directory off concerns. Changes nothing. */
@Injectable()
export class SwitchOffPlan {
  constructor(
    private readonly people: DirectoryRelease,
    private readonly credentials: CredentialsAtOnce,
  ) {}

  async of(admin: UserPrincipal, mode: SwitchOffMode): Promise<SwitchOffForecast> {
    const people = await this.people.people();
    const spared = mode === 'suspend' ? people.find(({ id }) => id === admin.memberId) : undefined;
    const concerned = concernedBy(mode, people).filter((id) => id !== spared?.id);
    return {
      ...{ mode, people, concerned, spared },
      credentials: await this.credentials.live(),
      losses:
        mode === 'suspend'
          ? await this.people.losses(concerned)
          : { sessions: 0, apiKeys: 0, apiKeysKept: true },
    };
  }
}

function concernedBy(mode: SwitchOffMode, people: readonly DirectoryPerson[]): string[] {
  if (mode === 'keep') return [];
  return people.filter(({ active, made }) => (mode === 'convert' ? made : active)).map(({ id }) => id);
}
