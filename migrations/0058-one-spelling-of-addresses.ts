import { domainToASCII } from 'node:url';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Addresses from before domains had one spelling: whoever signs in is looked for by the domain as DNS writes it (RFC 5891),
 * and would not be found. PostgreSQL does not know how that is written. Where two accounts would have one address neither is
 * changed, and the log says so; run again, it goes on with what is left.
 */
export class OneSpellingOfAddresses1764000000058 implements MigrationInterface {
  readonly name = 'OneSpellingOfAddresses1764000000058';

  async up(runner: QueryRunner): Promise<void> {
    // The owner sees the rows of all workspaces for these few statements.
    const tables = ['members', 'member_other_emails', 'invitations'];
    for (const table of tables) await runner.query(`alter table ${table} no force row level security`);
    for (const { table, found, taken } of KINDS) {
      await this.respell(runner, table, (await runner.query(found)) as Found[], taken);
    }
    for (const table of tables) await runner.query(`alter table ${table} force row level security`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }

  private async respell(
    runner: QueryRunner,
    table: string,
    found: readonly Found[],
    taken: string,
  ): Promise<void> {
    for (const { id, email } of found) {
      const spelled = withDomainOfDns(email);
      if (spelled === undefined) {
        await warn(`The address of ${table} ${id} stays as it is: there is no domain behind its @.`);
        continue;
      }
      const [changed] = (await runner.query(
        `with changed as (update ${table} t set email = $2 where id = $1 and not exists (${taken}) returning id)
         select id from changed`,
        [id, spelled],
      )) as unknown[];
      if (!changed) {
        await warn(`The address of ${table} ${id} stays as it is: another one has it in its usual spelling.`);
      }
    }
  }
}

/** Where migrations are only looked at, as before tests, NestJS must not be read on their account. */
async function warn(text: string): Promise<void> {
  const { Logger } = await import('@nestjs/common');
  new Logger('Migrations').warn(text);
}

interface Found {
  readonly id: string;
  readonly email: string;
}

/** Undefined where it is no domain in any script. */
function withDomainOfDns(address: string): string | undefined {
  const behindAt = address.lastIndexOf('@') + 1;
  const domain = domainToASCII(address.slice(behindAt));
  return domain === '' ? undefined : address.slice(0, behindAt) + domain;
}

/** An address whose domain, behind the last @, is not written in ASCII. */
const OTHER_SCRIPT = String.raw`t.email ~ '@[^@]*[^\x01-\x7f][^@]*$'`;

/** What is there, and what keeps a row `t` from having the address $2. People first: their members go with them. */
const KINDS = [
  {
    table: 'users',
    found: `select id, email from users t where ${OTHER_SCRIPT} order by id`,
    taken: 'select from users o where t.email_claimed and o.email_claimed and o.email = $2',
  },
  {
    table: 'members',
    found: `select id, email from members t where ${OTHER_SCRIPT} order by id`,
    taken: `select from members o where o.workspace_id = t.workspace_id and o.email = $2
               and o.scim_deleted_at is null and t.scim_deleted_at is null
             union all
             select from users u where u.id = t.user_id and u.email_claimed and u.email = t.email`,
  },
  {
    table: 'invitations',
    found: `select id, email from invitations t where ${OTHER_SCRIPT} order by id`,
    taken: `select from invitations o where o.workspace_id = t.workspace_id and o.email = $2
               and o.accepted_at is null and o.revoked_at is null and t.accepted_at is null and t.revoked_at is null`,
  },
];
