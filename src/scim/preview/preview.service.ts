import { Injectable } from '@nestjs/common';
import { SCIM_SCOPES } from '../../access/scim-scopes';
import type { AuditRecord } from '../../audit/audit-event';
import { recordedIn } from '../../audit/recorded-events';
import { Database } from '../../database/database';
import { problemOf } from '../../http/problem-of';
import { NotFound, ValidationFailed } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import type { Names } from '../activity/summary';
import { type BulkResponse, BulkService, type Within } from '../bulk/bulk.service';
import { project } from '../protocol/projection';
import type { ScimObject } from '../protocol/scim-value';
import type { ScimResourceType } from '../resource-type';
import { ScimResourceTypes } from '../resource-types';
import { errorOf, SCIM_PREFIX } from '../scim-problem.renderer';
import { departuresOf, type DepartureEffect, type RoleEffect, roleEffectsOf, sentencesOf } from './effects';

/** A change as a directory would send it. */
export interface PreviewedRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/Users`, `/Users/{id}`, `/Groups`, `/Groups/{id}`, `/Bulk`. */
  readonly path: string;
  readonly body?: unknown;
}

/** What would come of it. */
export interface Preview {
  readonly status: number;
  readonly scimType: string | null;
  readonly detail: string | null;
  readonly resource: ScimObject | null;
  /** Of a bulk request: the message it would be answered with. */
  readonly bulk: BulkResponse | null;
  readonly effects: readonly string[];
  readonly roles: readonly RoleEffect[];
  readonly departures: readonly DepartureEffect[];
}

interface Done {
  readonly status: number;
  readonly resource: ScimObject | null;
  readonly bulk: BulkResponse | null;
  readonly deeds: readonly AuditRecord[];
  readonly names: Names;
}

const BULK = new RegExp(`^(?:${SCIM_PREFIX})?/Bulk$`, 'i');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Says what a request of a directory would do, by doing it in a transaction that is taken back. */
@Injectable()
export class ScimPreview {
  constructor(
    private readonly database: Database,
    private readonly types: ScimResourceTypes,
    private readonly bulk: BulkService,
  ) {}

  /** Throws 400 for what is no change of users or groups; whatever SCIM would refuse is an answer, not an error. */
  async of(workspaceId: string, request: PreviewedRequest): Promise<Preview> {
    const rehearsal = this.rehearsalOf(request);
    try {
      const { status, resource, bulk, deeds, names } = await this.database.rehearse(workspaceId, rehearsal);
      return {
        ...{ status, resource, bulk, scimType: null, detail: null },
        effects: sentencesOf(deeds, names),
        roles: roleEffectsOf(deeds),
        departures: departuresOf(deeds),
      };
    } catch (failure) {
      const problem = problemOf(failure);
      if (problem.status >= 500) throw failure;
      return {
        status: problem.status,
        scimType: errorOf(problem).scimType ?? null,
        detail: problem.detail,
        ...{ resource: null, bulk: null, effects: ['Nothing changes.'], roles: [], departures: [] },
      };
    }
  }

  private rehearsalOf(request: PreviewedRequest): () => Promise<Done> {
    if (request.method === 'POST' && BULK.test(request.path)) return () => this.rehearseBulk(request);
    const { type, id } = this.targetOf(request);
    return () => this.rehearse(type, id, request);
  }

  /** Each operation is an attempt within the rehearsal; what failed has done nothing. */
  private async rehearseBulk({ body }: PreviewedRequest): Promise<Done> {
    const context = requestContext.current();
    const deeds: AuditRecord[] = [];
    const within: Within = async (work) => {
      const before = recordedIn(context).length;
      const result = await this.database.attempt(work);
      deeds.push(...recordedIn(context).slice(before));
      return result;
    };
    const bulk = await this.bulk.runWithin(within, { scopes: SCIM_SCOPES }, body);
    return { status: 200, resource: null, bulk, deeds, names: await this.namesIn(deeds) };
  }

  private async rehearse(
    type: ScimResourceType,
    id: string | undefined,
    { method, body }: PreviewedRequest,
  ): Promise<Done> {
    const { status, resource } = await perform(type, id, method, body);
    const deeds = recordedIn(requestContext.current());
    return {
      status,
      // As it is answered where nothing else is asked for.
      resource: resource ? project(type.schema, resource, {}) : null,
      bulk: null,
      deeds,
      names: await this.namesIn(deeds),
    };
  }

  private targetOf({ method, path }: PreviewedRequest): { type: ScimResourceType; id: string | undefined } {
    const bare = path.startsWith(SCIM_PREFIX) ? path.slice(SCIM_PREFIX.length) : path;
    const [, endpoint = '', id] = /^(\/[A-Za-z]+)(?:\/([^/?]+))?(?:\?.*)?$/.exec(bare) ?? [];
    const type = this.types.at(endpoint);
    if (!type || (id === undefined) !== (method === 'POST')) {
      const message =
        'A change is a POST to /Users, /Groups or /Bulk, or a PUT, PATCH or DELETE of a user or group.';
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
): Promise<{ status: number; resource?: ScimObject }> {
  if (id === undefined) return { status: 201, resource: await type.create(body) };
  if (!UUID.test(id)) throw new NotFound(type.name);
  const known = id.toLowerCase();
  switch (method) {
    case 'PUT':
      return { status: 200, resource: await type.replace(known, body) };
    case 'PATCH': {
      const patched = await type.patch(known, body);
      return patched ? { status: 200, resource: patched } : { status: 204, resource: await type.get(known) };
    }
    default:
      await type.delete(known);
      return { status: 204 };
  }
}
