import { Injectable } from '@nestjs/common';
import type { AuditRecord } from '../../audit/audit-event';
import { recordedIn } from '../../audit/recorded-events';
import { Database } from '../../database/database';
import { problemOf } from '../../http/problem-of';
import { NotFound, ValidationFailed } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import type { Names } from '../activity/summary';
import { ScimError } from '../protocol/errors';
import type { ScimObject } from '../protocol/scim-value';
import type { ScimResourceType } from '../resource-type';
import { ScimResourceTypes } from '../resource-types';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { departuresOf, type DepartureEffect, type RoleEffect, roleEffectsOf, sentencesOf } from './effects';

/** A change as a directory would send it. */
export interface PreviewedRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/Users`, `/Users/{id}`, `/Groups`, `/Groups/{id}`. */
  readonly path: string;
  readonly body?: unknown;
}

/** What would come of it. */
export interface Preview {
  readonly status: number;
  readonly scimType: string | null;
  readonly detail: string | null;
  readonly resource: ScimObject | null;
  readonly effects: readonly string[];
  readonly roles: readonly RoleEffect[];
  readonly departures: readonly DepartureEffect[];
}

interface Done {
  readonly status: number;
  readonly resource: ScimObject | null;
  readonly deeds: readonly AuditRecord[];
  readonly names: Names;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Says what a request of a directory would do, by doing it in a transaction that is taken back. */
@Injectable()
export class ScimPreview {
  constructor(
    private readonly database: Database,
    private readonly types: ScimResourceTypes,
  ) {}

  /** Throws 400 for what is no change of a user or group; whatever SCIM would refuse is an answer, not an error. */
  async of(workspaceId: string, request: PreviewedRequest): Promise<Preview> {
    const { type, id } = this.targetOf(request);
    try {
      const { status, resource, deeds, names } = await this.database.rehearse(workspaceId, () =>
        this.rehearse(type, id, request),
      );
      return {
        ...{ status, resource, scimType: null, detail: null },
        effects: sentencesOf(deeds, names),
        roles: roleEffectsOf(deeds),
        departures: departuresOf(deeds),
      };
    } catch (failure) {
      const problem = problemOf(failure);
      if (problem.status >= 500) throw failure;
      return {
        status: problem.status,
        scimType: problem instanceof ScimError ? (problem.scimType ?? null) : null,
        detail: problem.detail,
        ...{ resource: null, effects: ['Nothing changes.'], roles: [], departures: [] },
      };
    }
  }

  private async rehearse(
    type: ScimResourceType,
    id: string | undefined,
    { method, body }: PreviewedRequest,
  ): Promise<Done> {
    const resource = await perform(type, id, method, body);
    const deeds = recordedIn(requestContext.current());
    return {
      status: method === 'POST' ? 201 : method === 'DELETE' ? 204 : 200,
      resource: resource ?? null,
      deeds,
      names: await this.namesIn(deeds),
    };
  }

  private targetOf({ method, path }: PreviewedRequest): { type: ScimResourceType; id: string | undefined } {
    const bare = path.startsWith(SCIM_PREFIX) ? path.slice(SCIM_PREFIX.length) : path;
    const [, endpoint = '', id] = /^(\/[A-Za-z]+)(?:\/([^/?]+))?(?:\?.*)?$/.exec(bare) ?? [];
    const type = this.types.at(endpoint);
    if (!type || (id === undefined) !== (method === 'POST')) {
      const message = 'A change is a POST to /Users or /Groups, or a PUT, PATCH or DELETE of one of theirs.';
      throw new ValidationFailed([{ field: 'path', message }]);
    }
    return { type, id };
  }

  private async namesIn(deeds: readonly AuditRecord[]): Promise<Names> {
    const ids = deeds.flatMap(({ target, data = {} }) => {
      const { membersAdded, membersRemoved } = data as Record<string, { ids?: string[] } | undefined>;
      return [target?.id ?? '', ...(membersAdded?.ids ?? []), ...(membersRemoved?.ids ?? [])];
    });
    const rows = await this.database.query<{ id: string; name: string }>(
      `select id, coalesce(display_name, user_name) as name from members where id = any($1)
       union all select id, display_name from directory_groups where id = any($1)`,
      [[...new Set(ids)].filter((id) => UUID.test(id))],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

async function perform(
  type: ScimResourceType,
  id: string | undefined,
  method: PreviewedRequest['method'],
  body: unknown,
): Promise<ScimObject | undefined> {
  if (id === undefined) return type.create(body);
  if (!UUID.test(id)) throw new NotFound(type.name);
  const known = id.toLowerCase();
  switch (method) {
    case 'PUT':
      return type.replace(known, body);
    case 'PATCH':
      return (await type.patch(known, body)) ?? type.get(known);
    default:
      await type.delete(known);
      return undefined;
  }
}
