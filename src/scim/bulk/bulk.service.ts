import { Injectable, Logger } from '@nestjs/common';
import type { ScimPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { problemOf } from '../../http/problem-of';
import { NotFound, type Problem } from '../../http/problems';
import { noteFailedOperations } from '../activity/failed-operations';
import { badRequest, ScimError, type ScimErrorBody } from '../protocol/errors';
import { MAX_BULK_OPERATIONS } from '../protocol/discovery';
import { preconditionOf, versionOf } from '../protocol/precondition';
import { isComplex, type ScimObject } from '../protocol/scim-value';
import type { ScimResourceType } from '../resource-type';
import { refuseWithoutScope, ScimResourceTypes } from '../resource-types';
import { errorOf, SCIM_PREFIX } from '../scim-problem.renderer';
import { inOrder, referencesOf, withReferences } from './bulk-references';
import { BULK_RESPONSE, type BulkOperation, readBulkRequest } from './bulk-request';

/** The result of one operation. */
interface BulkResult {
  method: string;
  bulkId?: string;
  version?: string;
  location?: string;
  status: string;
  response?: ScimErrorBody;
}

/** The BulkResponse of RFC 7644 section 3.7. */
export interface BulkResponse {
  readonly schemas: readonly string[];
  readonly Operations: readonly BulkResult[];
}

/** Runs an operation atomically. */
export type Within = <T>(work: () => Promise<T>) => Promise<T>;

/** A failed operation and the reason. */
interface Failure {
  readonly operation: BulkOperation;
  readonly problem: Problem;
}

interface Run {
  readonly caller: Pick<ScimPrincipal, 'scopes'>;
  readonly within: Within;
  /** Ids of created resources by bulkId. */
  readonly made: Map<string, string>;
}

interface Place {
  readonly type: ScimResourceType;
  readonly id?: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Executes many operations in one request (RFC 7644 section 3.7). Each runs in a transaction of its own together with
 * its audit events, and succeeds or fails independently of the others.
 */
@Injectable()
export class BulkService {
  private readonly log = new Logger('Scim');
  private readonly baseUrl: string;

  constructor(
    private readonly database: Database,
    private readonly types: ScimResourceTypes,
    private readonly trail: AuditTrail,
    config: Config,
  ) {
    this.baseUrl = `${config.publicUrl}${SCIM_PREFIX}`;
  }

  /**
   * Executes the request. Throws invalidSyntax, invalidValue and 413 for the request as a whole; errors of operations
   * are in the response.
   */
  async run(caller: ScimPrincipal, body: unknown): Promise<BulkResponse> {
    const within: Within = (work) => this.database.inWorkspace(caller.workspaceId, work);
    const failures: Failure[] = [];
    const answer = await this.runWithin(within, caller, body, failures);
    noteFailedOperations(
      failures.map(({ problem }) => problem),
      answer.Operations.length,
    );
    const refused = failures.filter(({ problem }) => problem.status === 403);
    if (refused.length > 0) {
      // The operations are committed, so the response is sent even if recording the refusals fails.
      await within(async () => this.recordRefused(refused)).catch((failure: unknown) =>
        this.log.error(failure),
      );
    }
    return answer;
  }

  /** As `run`, but `within` runs each operation, for example in a transaction that is rolled back. */
  async runWithin(
    within: Within,
    caller: Pick<ScimPrincipal, 'scopes'>,
    body: unknown,
    failures: Failure[] = [],
  ): Promise<BulkResponse> {
    const { operations, failOnErrors } = readBulkRequest(body, MAX_BULK_OPERATIONS);
    const { order, circular } = inOrder(operations);
    const made = new Map<string, string>();
    const results = new Map<BulkOperation, BulkResult>();
    let errors = 0;
    for (const operation of order) {
      if (errors >= failOnErrors) break;
      const result = await this.result(
        { caller, within, made },
        operation,
        circular.has(operation),
        failures,
      );
      results.set(operation, result);
      if (result.response) errors += 1;
    }
    return {
      schemas: [BULK_RESPONSE],
      Operations: operations.flatMap((operation) => results.get(operation) ?? []),
    };
  }

  private async result(
    { caller, within, made }: Run,
    operation: BulkOperation,
    isCircular: boolean,
    failures: Failure[],
  ): Promise<BulkResult> {
    const { method, bulkId } = operation;
    const named = { method, ...(bulkId !== undefined && { bulkId }) };
    try {
      if (isCircular) throw new ScimError(409, 'This operation needs what needs it: a circle of bulkIds.');
      const resolved = withReferences(operation, (wanted) => idMade(wanted, made));
      const place = this.placeOf(resolved);
      refuseWithoutScope(caller, place.type);
      const done = await within(() => perform(place, resolved));
      if (method === 'POST' && bulkId !== undefined && done.id !== undefined) made.set(bulkId, done.id);
      const location = done.location ?? `${this.baseUrl}${place.type.endpoint}/${place.id}`;
      return { ...named, location, ...(done.version && { version: done.version }), status: done.status };
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (problem.status >= 500) this.log.error(thrown instanceof Error ? thrown : String(thrown));
      failures.push({ operation, problem });
      return {
        ...named,
        ...this.locationOf(operation),
        status: String(problem.status),
        response: errorOf(problem),
      };
    }
  }

  /** Records refused operations with the events of the single requests they stand for. */
  private recordRefused(refused: readonly Failure[]): void {
    for (const { operation, problem } of refused) {
      this.trail.record({
        type: 'access.refused',
        target: { type: 'route', id: `${operation.method} ${SCIM_PREFIX}${operation.path}` },
        data: { code: problem.code, reason: problem.detail },
      });
    }
  }

  /**
   * The location of the resource that a failed operation was about; none if its path contains a bulkId or is invalid.
   */
  private locationOf(operation: BulkOperation): { location?: string } {
    const hasReferences = referencesOf({ ...operation, data: {} }).size > 0;
    const isAddress = operation.path.startsWith('/');
    return operation.method === 'POST' || hasReferences || !isAddress
      ? {}
      : { location: `${this.baseUrl}${operation.path}` };
  }

  /**
   * The resource or endpoint that a path names. Throws invalidPath for a malformed path and 404 for an unknown one.
   */
  private placeOf({ method, path, bulkId }: BulkOperation): Place {
    const [, endpoint, id] = /^(\/[^/?#]+)(?:\/([^/?#]+))?$/.exec(path) ?? [];
    if (endpoint === undefined) {
      throw badRequest(
        'invalidPath',
        'The path is /Users or /Groups, or that with an id, relative to the base.',
      );
    }
    if (/^\/(bulk|me|\.search)$/i.test(endpoint) || id === '.search') {
      throw badRequest('invalidPath', 'Bulk operations are about users and groups only.');
    }
    const type = this.types.at(endpoint);
    if (!type) throw new NotFound('Resource type');
    if (method === 'POST') {
      if (id !== undefined) throw badRequest('invalidPath', 'POST goes to the endpoint, without an id.');
      if (bulkId === undefined) throw badRequest('invalidSyntax', 'POST needs a bulkId.');
      return { type };
    }
    if (id === undefined) throw badRequest('invalidPath', `${method} names a resource by its id.`);
    if (!UUID.test(id)) throw new NotFound(type.name);
    return { type, id: id.toLowerCase() };
  }
}

interface Done {
  readonly id?: string;
  readonly status: string;
  readonly location?: string;
  readonly version?: string;
}

async function perform({ type, id }: Place, { method, data, version: named }: BulkOperation): Promise<Done> {
  const version = preconditionOf(named);
  if (method === 'DELETE') {
    await type.delete(id!, version);
    return { status: '204' };
  }
  if (!['POST', 'PUT', 'PATCH'].includes(method)) {
    throw badRequest('invalidValue', 'method is POST, PUT, PATCH or DELETE.');
  }
  if (!data) throw badRequest('invalidSyntax', `${method} needs data.`);
  if (method === 'POST') return doneWith(await type.create(data), '201');
  if (method === 'PUT') return doneWith(await type.replace(id!, data, version), '200');
  const patched = await type.patch(id!, data, version);
  if (patched) return doneWith(patched, '200');
  // Reads the group's version after the PATCH, without its members.
  const now = await type.get(id!, { only: [] });
  return doneWith(now, '204');
}

function doneWith(resource: ScimObject, status: string): Done {
  const { id, meta } = resource;
  const location = isComplex(meta) && typeof meta.location === 'string' ? meta.location : undefined;
  return {
    ...(typeof id === 'string' && { id }),
    status,
    ...(location !== undefined && { location }),
    version: versionOf(resource),
  };
}

/** Throws 409 if the resource was not created. */
function idMade(bulkId: string, made: ReadonlyMap<string, string>): string {
  const id = made.get(bulkId);
  if (id !== undefined) return id;
  throw new ScimError(409, 'This operation needs a resource by its bulkId that no operation has made.');
}
