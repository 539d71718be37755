import type { Test } from 'supertest';
import type { TestApp } from '../../support/app';
import {
  ENTERPRISE,
  type ScimClient,
  type ScimUser,
  type ScimWorkspace,
  USER,
} from '../../support/scim-client';

/** What a case has to work with: a workspace with a directory, and short ways to people and groups. */
export class InteropStage {
  constructor(
    readonly app: TestApp,
    readonly workspace: ScimWorkspace,
  ) {}

  get scim(): ScimClient {
    return this.workspace.scim;
  }

  /** Requests as they are, for spellings that a client class would mend. */
  raw(path: string): Test {
    return this.app.http(this.scim.token).get(`/scim/v2${path}`).buffer(true);
  }

  async read(user: { id: string }): Promise<ScimUser> {
    return (await this.scim.get(`/Users/${user.id}`).expect(200)).body as ScimUser;
  }

  async patched(user: { id: string }, ...operations: object[]): Promise<ScimUser> {
    await this.scim.patch(`/Users/${user.id}`, ...operations).expect(200);
    return this.read(user);
  }

  async group(displayName: string, members: readonly { id: string }[] = []): Promise<{ id: string }> {
    const { body } = await this.scim
      .post('/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName,
        members: members.map(({ id }) => ({ value: id })),
      })
      .expect(201);
    return body as { id: string };
  }

  /** Changes a group and answers the ids of its members. */
  async grouped(group: { id: string }, ...operations: object[]): Promise<string[]> {
    const { status, body } = await this.scim.patch(`/Groups/${group.id}`, ...operations);
    if (status !== 200 && status !== 204) throw new Error(`${status} ${JSON.stringify(body)}`);
    return this.membersOf(group);
  }

  async membersOf(group: { id: string }): Promise<string[]> {
    const { body } = await this.scim.get(`/Groups/${group.id}`).expect(200);
    return ((body.members ?? []) as { value: string }[]).map(({ value }) => value).sort();
  }

  async total(filter: string, endpoint = '/Users'): Promise<number> {
    const { body } = await this.scim.get(endpoint).query({ filter }).expect(200);
    return body.totalResults as number;
  }
}

/** A behaviour of connectors that was met in the wild, under the number it has in our notes about them. */
export interface InteropCase {
  number: number;
  sentence: string;
  run: (stage: InteropStage) => Promise<void>;
}

export const ENTRA_USER = (userName: string): object => ({
  schemas: [USER, ENTERPRISE],
  externalId: userName,
  userName,
  active: true,
  displayName: 'Ada Byron',
  emails: [{ primary: true, type: 'work', value: userName }],
  meta: { resourceType: 'User' },
  name: { formatted: 'Ada Byron', familyName: 'Byron', givenName: 'Ada' },
  roles: [],
});
