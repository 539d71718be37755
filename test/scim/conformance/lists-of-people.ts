import { answered, query, resources } from './expectations';
import type { Json, ScimServer } from './scim-server';

export interface Sorted {
  filter: string;
  names: Map<string, string>;
}

/** Five people who are told apart by title, one without, and a filter that finds just them. */
export const sortable = (server: ScimServer): Promise<Sorted> =>
  server.once('people to sort', async () => {
    const userType = `${server.tag}-sort`;
    const names = new Map<string, string>();
    for (const [name, fields] of Object.entries({
      c: { title: 'charlie', name: { familyName: 'Zeta' }, active: false },
      a: { title: 'Alpha', name: { familyName: 'Delta' } },
      none: {},
      b: { title: 'bravo', name: { familyName: 'alpha' } },
      d: { title: 'Delta', name: { familyName: 'Beta' } },
    })) {
      names.set((await server.user({ userType, ...fields })).id, name);
    }
    return { filter: `userType eq "${userType}"`, names };
  });

export const inOrder = async (server: ScimServer, parameters: Record<string, string>): Promise<string[]> => {
  const { filter, names } = await sortable(server);
  const found = resources(await server.get(query('/Users', { filter, ...parameters })));
  return found.map(({ id }) => names.get(id) ?? 'a stranger');
};

/** Nine people and a filter that finds just them. */
export const pageable = (server: ScimServer): Promise<{ filter: string; ids: string[] }> =>
  server.once('people to page through', async () => {
    const userType = `${server.tag}-page`;
    const ids: string[] = [];
    for (let count = 0; count < 9; count += 1) ids.push((await server.user({ userType })).id);
    return { filter: `userType eq "${userType}"`, ids };
  });

export const page = async (
  server: ScimServer,
  parameters: Record<string, string | number>,
): Promise<Json> => {
  const { filter } = await pageable(server);
  return answered(await server.get(query('/Users', { filter, ...parameters })), 200).body;
};
