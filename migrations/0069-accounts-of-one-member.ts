import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The accounts of a member are found by the member, also while PostgreSQL has not counted them. */
export class AccountsOfOneMember1764000000069 implements MigrationInterface {
  readonly name = 'AccountsOfOneMember1764000000069';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ACCOUNTS_OF_ONE_MEMBER);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const ACCOUNTS_OF_ONE_MEMBER = `
  -- Other indexes begin with the workspace, too, and while PostgreSQL takes the table for small it would as soon read all
  -- accounts of the workspace by one of them. This one has every condition, and with \`order by issuer\` an order that no
  -- other has.
  drop index identities__member;
  create index identities__member on identities (member_id, workspace_id, issuer);
`;
