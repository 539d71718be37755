import type { InteropCase } from './interop-case';

/** Members of groups. */
export const groupCases: InteropCase[] = [
  {
    number: 31,
    sentence: 'remove with a list removes just those; without one, or with null, everybody',
    run: async (stage) => {
      const [one, two, three] = [
        await stage.scim.create(),
        await stage.scim.create(),
        await stage.scim.create(),
      ];
      const everybody = [one, two, three].map(({ id }) => id).sort();
      const group = await stage.group('Removals', [one, two, three]);
      expect(
        await stage.grouped(group, { op: 'Remove', path: 'members', value: [{ value: one.id }] }),
      ).toEqual([two.id, three.id].sort());
      expect(
        await stage.grouped(group, { op: 'remove', path: 'members', value: [{ $ref: null, value: two.id }] }),
      ).toEqual([three.id]);
      for (const nothing of [{}, { value: null }]) {
        expect(
          await stage.grouped(group, {
            op: 'add',
            path: 'members',
            value: everybody.map((value) => ({ value })),
          }),
        ).toEqual(everybody);
        expect(await stage.grouped(group, { op: 'remove', path: 'members', ...nothing })).toEqual([]);
      }
    },
  },
  {
    number: 32,
    sentence: 'a member may be a bare string',
    run: async (stage) => {
      const [one, two] = [await stage.scim.create(), await stage.scim.create()];
      const group = await stage.group('Bare');
      expect(await stage.grouped(group, { op: 'Add', path: 'members', value: one.id })).toEqual([one.id]);
      expect(await stage.grouped(group, { op: 'Add', path: 'members', value: [two.id] })).toEqual(
        [one.id, two.id].sort(),
      );
    },
  },
  {
    number: 33,
    sentence: 'a group is renamed by a value that also carries its id',
    run: async (stage) => {
      const [one, two] = [await stage.scim.create(), await stage.scim.create()];
      const group = await stage.group('Before', [one]);
      expect(
        await stage.grouped(
          group,
          { op: 'replace', value: { id: group.id, displayName: 'After' } },
          { op: 'remove', path: `members[value eq "${one.id}"]` },
          { op: 'add', path: 'members', value: [{ value: two.id, display: two.userName }] },
        ),
      ).toEqual([two.id]);
      expect((await stage.scim.get(`/Groups/${group.id}`)).body).toMatchObject({
        id: group.id,
        displayName: 'After',
      });
    },
  },
  {
    number: 34,
    sentence: 'a member who is there is added without effect, one who is not is removed without effect',
    run: async (stage) => {
      const [one, two] = [await stage.scim.create(), await stage.scim.create()];
      const group = await stage.group('Idempotent', [one]);
      expect(await stage.grouped(group, { op: 'add', path: 'members', value: [{ value: one.id }] })).toEqual([
        one.id,
      ]);
      expect(await stage.grouped(group, { op: 'remove', path: `members[value eq "${two.id}"]` })).toEqual([
        one.id,
      ]);
      expect(
        await stage.grouped(group, { op: 'Remove', path: 'members', value: [{ value: two.id }] }),
      ).toEqual([one.id]);
    },
  },
  {
    number: 41,
    sentence: 'excludedAttributes=members leaves them out, in lists and alone',
    run: async (stage) => {
      const group = await stage.group('Excluding', [await stage.scim.create()]);
      const { body: list } = await stage.scim
        .get('/Groups')
        .query({ excludedAttributes: 'members', filter: 'displayName eq "excluding"' })
        .expect(200);
      expect(list.Resources).toEqual([expect.objectContaining({ id: group.id })]);
      expect(list.Resources[0]).not.toHaveProperty('members');
      const { body: alone } = await stage.scim
        .get(`/Groups/${group.id}?excludedAttributes=members`)
        .expect(200);
      expect(alone).not.toHaveProperty('members');
    },
  },
  {
    number: 54,
    sentence: 'one PATCH that adds and removes a member does both, in order',
    run: async (stage) => {
      const [one, two] = [await stage.scim.create(), await stage.scim.create()];
      const group = await stage.group('Ordered', [one]);
      const add = { op: 'Add', path: 'members', value: [{ value: two.id }] };
      const remove = { op: 'Remove', path: 'members', value: [{ value: two.id }] };
      expect(await stage.grouped(group, add, remove)).toEqual([one.id]);
      expect(await stage.grouped(group, remove, add)).toEqual([one.id, two.id].sort());
    },
  },
];
