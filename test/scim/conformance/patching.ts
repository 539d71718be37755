import type { Run } from './check';
import { answered, contains, equal, ok, refused, unassigned } from './expectations';
import { ENTERPRISE, type Json, type ScimServer, USER } from './scim-server';

export const WORK = { value: '+1 555 0100', type: 'work', primary: true };
export const HOME = { value: '+1 555 0101', type: 'home' };
export const ADA = {
  title: 'Countess',
  name: { givenName: 'Ada', familyName: 'Byron' },
  phoneNumbers: [WORK, HOME],
};
export const ENGINES = {
  schemas: [USER, ENTERPRISE],
  [ENTERPRISE]: { department: 'Engines', costCenter: '1' },
};

export const read = async (server: ScimServer, id: string): Promise<Json> =>
  answered(await server.get(`/Users/${id}`), 200).body;

/** Somebody with `fields`, after these operations. */
export async function patched(server: ScimServer, fields: object, ...operations: object[]): Promise<Json> {
  const { id } = await server.user(fields);
  const answer = answered(await server.patch(`/Users/${id}`, operations), 200, 204);
  const after = await read(server, id);
  if (answer.status === 200) equal(answer.body, after, 'answer to the PATCH');
  return after;
}

/** These operations are refused so, and nothing has changed. */
export const refuses =
  (fields: object, operations: object[], ...scimTypes: string[]): Run =>
  async (server) => {
    const before = await server.user(fields);
    refused(await server.patch(`/Users/${before.id}`, operations), 400, ...scimTypes);
    equal(await read(server, before.id), before, 'user after a refused PATCH');
  };

/** These operations lead to `expected`: a list to just these elements, null to nothing, an object to at least that. */
export const becomes =
  (fields: object, operations: object[], expected: Record<string, Json>): Run =>
  async (server) => {
    const after = await patched(server, fields, ...operations);
    for (const [name, value] of Object.entries(expected)) {
      if (value === null) ok(unassigned(after[name]), `${name} is still ${JSON.stringify(after[name])}`);
      else if (Array.isArray(value)) {
        contains(after[name], value, name);
        equal(after[name].length, value.length, `number of ${name}`);
      } else if (typeof value === 'object') contains(after[name], value, name);
      else equal(after[name], value, name);
    }
  };
