import type { Response } from 'supertest';
import { startApp, type TestApp } from '../../support/app';
import { type ScimClient, scimWorkspace, type ScimWorkspace } from '../../support/scim-client';

/** A connector of one vendor at work on a workspace of its own: its headers on every request, in its own order. */
export class Connector {
  private constructor(
    readonly app: TestApp,
    readonly workspace: ScimWorkspace,
    readonly scim: ScimClient,
  ) {}

  static async connect(headers: Record<string, string>): Promise<Connector> {
    const app = await startApp();
    const workspace = await scimWorkspace(app);
    return new Connector(app, workspace, workspace.scim.with(headers));
  }

  /** The ids of what a filter finds, asked for as this vendor spells it. */
  async found(path: string): Promise<string[]> {
    const { body } = await this.scim.get(path).expect(200);
    return ((body.Resources ?? []) as { id: string }[]).map(({ id }) => id);
  }

  async read(path: string): Promise<Record<string, never>> {
    return (await this.scim.get(path).expect(200)).body;
  }

  async members(groupId: string): Promise<string[]> {
    const { body } = await this.scim.get(`/Groups/${groupId}`).expect(200);
    return ((body.members ?? []) as { value: string }[]).map(({ value }) => value).sort();
  }

  /** What became of a person in the product: role, and whether they are out. */
  async member(id: string): Promise<{ role: string; removed: boolean }> {
    const [row] = await this.app.sql<{ role: string; removed: boolean }>(
      'select role, removed_at is not null as removed from members where id = $1',
      [id],
    );
    return row!;
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** Answers that connectors take for success where the standard leaves them the choice. */
export function succeeded({ status, body }: Response): void {
  expect({ status: status === 204 ? 200 : status, body: status < 300 ? {} : (body as object) }).toEqual({
    status: 200,
    body: {},
  });
}

export const filter = (text: string): string => encodeURIComponent(text);
