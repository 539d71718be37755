import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Forbidden } from '../http/problems';
import type { Permission } from './permissions';

/** The features that an operator can restrict to certain plans. */
export const FEATURES = {
  sso: 'single sign-on',
  scim: 'provisioning by a directory (SCIM)',
  audit_streaming: 'streaming of the audit log',
} as const;

export type Feature = keyof typeof FEATURES;

/**
 * A permission in this map needs its feature as well, unless the route declares otherwise (RequireFeature,
 * WithoutFeature).
 */
export const FEATURE_OF_PERMISSION: { readonly [P in Permission]?: Feature } = {
  'sso:write': 'sso',
  'scim:write': 'scim',
};

/** A row of plan_without(): the plan of a workspace that lacks a feature, and the plans that include the feature. */
export interface PlanWithout {
  readonly plan: string;
  readonly sufficient: readonly string[];
}

/**
 * Reads which features the plan of a workspace includes. The operator maintains the plans and the plan of each
 * workspace in the database; a workspace without a plan may use every feature.
 */
@Injectable()
export class Plans {
  constructor(private readonly database: Database) {}

  /** Runs outside any transaction, in one round trip. Throws 403 `plan_required` when the plan lacks the feature. */
  async refuseWithout(feature: Feature, workspaceId: string): Promise<void> {
    const [row] = await this.database.lookUp<{ lacking: PlanWithout | null }>(
      'plan_without',
      'select plan_without($1, $2) as lacking',
      [feature, workspaceId],
    );
    refuseLacking(feature, row?.lacking);
  }

  /** The plan of the current transaction's workspace, and the features it includes. */
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

/**
 * Throws 403 `plan_required` when `lacking` is set. For statements that select plan_without() along with other
 * columns.
 */
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
