import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import type { Role } from '../../access/permissions';
import type { RuleAuthor, RuleList } from './rule-evaluation';
import type { RoleRule } from './role-rules';

interface RuleRow extends RoleRule {
  readonly authorId: string;
  readonly authorEmail: string;
  readonly authorRole: Role;
  readonly authorRemoved: boolean;
  readonly createdAt: Date;
}

/** A list of rules as it was saved. */
export interface SavedRules extends RuleList {
  readonly savedAt: Date | null;
}

/** Key of the advisory lock of the rules: exclusive for changing them, shared for applying them. */
export const RULES_TURN = `hashtextextended('role mappings|' || current_workspace_id()::text, 0)`;

/**
 * The current rules with their author. Without rules it reads an empty table. `offset 0` keeps PostgreSQL from
 * starting with members, which it takes for a small table until it is analysed.
 */
const CURRENT = prepared(
  'current_role_rules',
  `select r.source, r.value, r.role, r.approver, r.connection_id as "connectionId", r.created_at as "createdAt",
          a.id as "authorId", a.email as "authorEmail", a.role as "authorRole",
          a.removed_at is not null as "authorRemoved"
     from role_mappings r
    cross join lateral (select * from members m where m.id = r.author_id offset 0) a
    order by r.position`,
);

const TURNS = {
  newcomer: prepared('enter_as_newcomer', `select pg_advisory_xact_lock_shared(${RULES_TURN})`),
  saving: prepared('enter_to_save_rules', `select pg_advisory_xact_lock(${RULES_TURN})`),
};

/** Where the rules of the workspace in flight are kept. */
@Injectable()
export class RuleStore {
  constructor(private readonly database: Database) {}

  /** In order. One statement. */
  async current(): Promise<SavedRules> {
    const rows = await this.database.query<RuleRow>(CURRENT);
    const [first] = rows;
    return {
      rules: rows.map(({ source, value, role, approver, connectionId }) => ({
        source,
        value,
        role,
        approver,
        connectionId,
      })),
      author: first
        ? {
            id: first.authorId,
            email: first.authorEmail,
            role: first.authorRole,
            removed: first.authorRemoved,
          }
        : null,
      savedAt: first?.createdAt ?? null,
    };
  }

  /**
   * Reads the author of the rules and locks the row until the transaction ends. When another transaction is changing
   * it, waits for that; without `wait`, returns undefined.
   */
  async holdAuthor(id: string, { wait }: { wait: boolean }): Promise<RuleAuthor | undefined> {
    const [author] = await this.database.query<RuleAuthor>(
      `select id, email, role, removed_at is not null as removed from members where id = $1
          for share ${wait ? '' : 'skip locked'}`,
      [id],
    );
    return author;
  }

  /** Puts this list in the place of the one before. */
  async replace(rules: readonly RoleRule[], authorId: string): Promise<void> {
    await this.database.query('delete from role_mappings');
    if (rules.length === 0) return;
    await this.database.query(
      `insert into role_mappings (position, source, value, role, approver, connection_id, author_id)
       select w.position, w.source, w.value, w.role, w.approver, w."connectionId", $2
         from jsonb_to_recordset($1)
           as w(position int, source text, value text, role text, approver boolean, "connectionId" uuid)`,
      [JSON.stringify(rules.map((rule, index) => ({ ...rule, position: index + 1 }))), authorId],
    );
  }

  /**
   * Takes the advisory lock of the rules, shared as 'newcomer' or exclusive as 'saving': so a new member is evaluated
   * either before new rules are saved, and then again with all others, or after it. Must be taken before any member is
   * locked.
   */
  async takeTurn(as: 'newcomer' | 'saving'): Promise<void> {
    await this.database.query(TURNS[as]);
  }

  /** Which of these connections are none of this workspace's. */
  async unknownConnections(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const known = await this.database.query<{ id: string }>(
      'select id from sso_connections where id = any($1)',
      [ids],
    );
    return ids.filter((id) => !known.some((connection) => connection.id === id));
  }
}
