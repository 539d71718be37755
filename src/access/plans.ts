import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Forbidden } from '../http/problems';
import type { Permission } from './permissions';

/** What an operator may tie to a plan. */
export const FEATURES = {
  sso: 'single sign-on',
  scim: 'provisioning by a directory (SCIM)',
  audit_streaming: 'streaming of the audit log',
} as const;

export type Feature = keyof typeof FEATURES;

/** Whoever may change something of a feature needs the feature for it, unless the route says otherwise. */
export const FEATURE_OF_PERMISSION: { readonly [P in Permission]?: Feature } = {
  'sso:write': 'sso',
  'scim:write': 'scim',
};

/** The plan of a workspace that lacks a feature, and the plans that would do; a row of plan_without(). */
export interface PlanWithout {
  readonly plan: string;
  readonly sufficient: readonly string[];
}

/**
 * What the plan of a workspace includes. Which plans there are, and who is on which, is the operator's to say in the
 * tables; a workspace without a plan may use everything.
 */
@Injectable()
export class Plans {
  constructor(private readonly database: Database) {}

  /** For those outside of a transaction: one round trip. Throws 403 `plan_required`. */
  async refuseWithout(feature: Feature, workspaceId: string): Promise<void> {
    const [row] = await this.database.lookUp<{ lacking: PlanWithout | null }>(
      'plan_without',
      'select plan_without($1, $2) as lacking',
      [feature, workspaceId],
    );
    refuseLacking(feature, row?.lacking);
  }

  /** The plan of the workspace in flight and everything that it may use. */
  async current(): Promise<{ plan: string | null; features: Feature[] }> {
    const [row] = await this.database.query<{ plan: string | null; features: Feature[] | null }>(
      `select w.plan, p.features from workspaces w left join plans p on p.name = w.plan
        where w.id = current_workspace_id()`,
    );
    const all = Object.keys(FEATURES) as Feature[];
    const included = row?.features ?? all;
    return { plan: row?.plan ?? null, features: all.filter((feature) => included.includes(feature)) };
  }
}

/** Throws 403 `plan_required` when plan_without() answered something: for statements that asked it on their way. */
export function refuseLacking(feature: Feature, lacking: PlanWithout | null | undefined): void {
  if (!lacking) return;
  const { plan, sufficient } = lacking;
  const others = sufficient.map((name) => `"${name}"`).join(', ');
  throw new Forbidden(
    `The plan "${plan}" of this workspace does not include ${FEATURES[feature]}. ` +
      (others ? `It is part of: ${others}.` : 'No plan includes it at present.'),
    'plan_required',
  );
}
