import { Injectable } from '@nestjs/common';
import { type Permission, PERMISSIONS, permissionsOf } from '../../access/permissions';
import type { ApiKeyPrincipal, UserPrincipal } from '../../access/principal';
import { KeyStandings } from '../../api-keys/key-standings.service';
import { Database } from '../../database/database';
import { BadRequest, Forbidden } from '../../http/problems';
import { Standings } from '../../members/standings.service';
import {
  type Entity,
  type EvaluationsRequest,
  type Question,
  readEvaluations,
  readQuestion,
  type Semantic,
  Unreadable,
} from './protocol/evaluation-request';

type Asker = UserPrincipal | ApiKeyPrincipal;

/** Why; stable words. `subject_unknown` is said of whoever is unknown, foreign, removed or revoked alike. */
export type Reason =
  'permission_held' | 'permission_missing' | 'subject_unknown' | 'resource_unknown' | 'action_unknown';

/** An answer (AuthZEN Authorization API 1.0 section 6.2). */
export interface Decision {
  readonly decision: boolean;
  readonly context: {
    readonly reason?: Reason;
    readonly error?: { readonly status: number; readonly message: string };
  };
}

/** Permissions of those who were asked about, and which resources of ours there are. */
interface Known {
  readonly holders: ReadonlyMap<string, ReadonlySet<Permission>>;
  readonly resources: ReadonlySet<string>;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const keyOf = ({ type, id }: Entity): string => `${type.toLowerCase()}|${id.toLowerCase()}`;

/**
 * Answers whether somebody may do something here, by the same permissions that every route of ours goes by, as they are
 * at this moment. A permission is held in the whole workspace: of resources only those are looked for that are ours.
 */
@Injectable()
export class Evaluation {
  constructor(
    private readonly database: Database,
    private readonly people: Standings,
    private readonly keys: KeyStandings,
  ) {}

  /** Throws 400 `validation_failed`; 403 for who may ask about themselves only. */
  async one(asker: Asker, body: unknown): Promise<Decision> {
    const question = read(() => readQuestion(body));
    return decide(question, await this.known(asker, [question]));
  }

  /** As `one`, in the order and as far as the semantic of the request says. */
  async many(asker: Asker, body: unknown): Promise<Decision | { evaluations: Decision[] }> {
    const { semantic, questions, single } = read<EvaluationsRequest>(() => readEvaluations(body));
    if (!questions) return decide(single!, await this.known(asker, [single!]));
    const known = await this.known(
      asker,
      questions.filter((question): question is Question => !(question instanceof Unreadable)),
    );
    const evaluations: Decision[] = [];
    for (const question of questions) {
      const answer = question instanceof Unreadable ? unreadable(question) : decide(question, known);
      evaluations.push(answer);
      if (isLast(answer, semantic)) break;
    }
    return { evaluations };
  }

  private async known(asker: Asker, questions: readonly Question[]): Promise<Known> {
    const subjects = questions.map(({ subject }) => subject);
    if (!subjects.every((subject) => isSelf(asker, subject))) refuseUnlessReader(asker);
    const entities = [...subjects, ...questions.map(({ resource }) => resource)];
    const idsOf = (...types: string[]) => [
      ...new Set(
        entities.flatMap(({ type, id }) => (types.includes(type.toLowerCase()) && UUID.test(id) ? [id] : [])),
      ),
    ];
    const [personIds, keyIds] = [idsOf('user', 'member'), idsOf('api_key')];
    const [people, keys] = await this.database.inWorkspace(asker.workspaceId, () =>
      Promise.all([
        personIds.length > 0 ? this.people.of(personIds) : [],
        keyIds.length > 0 ? this.keys.of(keyIds) : [],
      ]),
    );
    const holders = new Map<string, ReadonlySet<Permission>>();
    for (const { userId, memberId, role, approver } of people) {
      const permissions = permissionsOf(role, approver);
      holders.set(keyOf({ type: 'user', id: userId }), permissions);
      holders.set(keyOf({ type: 'member', id: memberId }), permissions);
    }
    for (const { id, scopes } of keys) holders.set(keyOf({ type: 'api_key', id }), new Set(scopes));
    return {
      holders,
      resources: new Set([...holders.keys(), keyOf({ type: 'workspace', id: asker.workspaceId })]),
    };
  }
}

const OURS = ['workspace', 'user', 'member', 'api_key'];

function decide({ subject, action, resource }: Question, { holders, resources }: Known): Decision {
  const held = holders.get(keyOf(subject));
  if (!held) return answer('subject_unknown');
  if (OURS.includes(resource.type.toLowerCase()) && !resources.has(keyOf(resource)))
    return answer('resource_unknown');
  if (!Object.hasOwn(PERMISSIONS, action.name)) return answer('action_unknown');
  return answer(held.has(action.name as Permission) ? 'permission_held' : 'permission_missing');
}

const answer = (reason: Reason): Decision => ({
  decision: reason === 'permission_held',
  context: { reason },
});

const unreadable = ({ message }: Unreadable): Decision => ({
  decision: false,
  context: { error: { status: 400, message } },
});

function isLast({ decision }: Decision, semantic: Semantic): boolean {
  return semantic === (decision ? 'permit_on_first_permit' : 'deny_on_first_deny');
}

function isSelf(asker: Asker, { type, id }: Entity): boolean {
  const own = asker.kind === 'user' ? { user: asker.id, member: asker.memberId } : { api_key: asker.id };
  return new Map(Object.entries(own)).get(type.toLowerCase()) === id.toLowerCase();
}

function refuseUnlessReader({ kind, permissions }: Asker): void {
  if (permissions.has('members:read')) return;
  const needed = kind === 'user' ? 'the permission members:read' : 'an API key with the scope members:read';
  throw new Forbidden(
    `To ask about others than yourself needs ${needed}.`,
    kind === 'user' ? 'forbidden' : 'insufficient_scope',
  );
}

function read<T>(reading: () => T): T {
  try {
    return reading();
  } catch (failure) {
    if (failure instanceof Unreadable) throw new BadRequest('validation_failed', failure.message);
    throw failure;
  }
}
