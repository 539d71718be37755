import fc from 'fast-check';
import { ScimError } from '../../../src/scim/protocol/errors';
import { applyPatch } from '../../../src/scim/protocol/patch';
import type { ScimObject } from '../../../src/scim/protocol/scim-value';
import { USERS } from '../../../src/scim/protocol/user-schema';
import { startApp, type TestApp } from '../../support/app';
import { ENTERPRISE, PATCH_OP, type ScimClient, scimWorkspace } from '../../support/scim-client';
import { type ModelledOperation, operation, outcome, type Person, person, tidy } from './patch-model';

const SEED = 20_251_125;
const operations = fc.array(operation, { minLength: 1, maxLength: 6 });

/** A second, simple implementation of PATCH says what has to come out, whatever the resource and the operations. */
describe('PATCH of a user', () => {
  it('does what the model does, or nothing where the model refuses', () => {
    fc.assert(
      fc.property(person, operations, (before, changes) => {
        const resource = asResource(before);
        const untouched = structuredClone(resource);
        const after = patched(resource, changes);
        const expected = outcome(before, changes);
        expect(after && asPerson(after)).toEqual(expected);
        expect(resource).toEqual(untouched);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it('leaves at most one value primary, whatever is sent', () => {
    const value = fc.record(
      { value: fc.constantFrom('1', '2', '3'), type: fc.constantFrom('work', 'home'), primary: fc.boolean() },
      { requiredKeys: ['value'] },
    );
    const change = fc.oneof(
      fc
        .tuple(fc.constantFrom('add', 'replace'), fc.array(value, { minLength: 1, maxLength: 3 }))
        .map(([op, values]) => ({ op, path: 'phoneNumbers', value: values })),
      fc.constantFrom('work', 'home').map((type) => ({
        op: 'replace',
        path: `phoneNumbers[type eq "${type}"].primary`,
        value: true,
      })),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const { phoneNumbers = [] } = applyPatch(USERS, asResource({ active: true }), body(changes));
        const primaries = (phoneNumbers as ScimObject[]).filter(({ primary }) => primary === true);
        expect(primaries.length).toBeLessThanOrEqual(1);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  describe('over HTTP', () => {
    let app: TestApp;
    let scim: ScimClient;

    beforeAll(async () => {
      app = await startApp();
      ({ scim } = await scimWorkspace(app));
    });
    afterAll(() => app.close());

    it('is stored and read back as the model has it', async () => {
      await fc.assert(
        fc.asyncProperty(person, operations, async (before, changes) => {
          const { schemas: _schemas, userName: _userName, ...fields } = asResource(before);
          const { id } = await scim.create(fields);
          const expected = outcome(before, changes);
          const answer = await scim.patchRaw(`/Users/${id}`, body(changes.map(({ sent }) => sent)));
          expect(answer.status).toBe(expected ? 200 : 400);
          const { body: after } = await scim.get(`/Users/${id}`).expect(200);
          expect(asPerson(after as ScimObject)).toEqual(expected ?? before);
        }),
        { seed: SEED, numRuns: 40 },
      );
    });
  });
});

const body = (Operations: readonly object[]) => ({ schemas: [PATCH_OP], Operations });

function patched(resource: ScimObject, changes: readonly ModelledOperation[]): ScimObject | undefined {
  try {
    return applyPatch(USERS, resource, body(changes.map(({ sent }) => sent)));
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

function asResource({ department, ...rest }: Person): ScimObject {
  return {
    userName: 'ada@properties.test',
    ...(structuredClone(rest) as unknown as ScimObject),
    ...(department !== undefined && { [ENTERPRISE]: { department } }),
  };
}

function asPerson({
  title,
  nickName,
  active,
  name,
  phoneNumbers,
  [ENTERPRISE]: extension,
}: ScimObject): Person {
  const { department } = (extension ?? {}) as { department?: string };
  return tidy(
    Object.fromEntries(
      Object.entries({ title, nickName, active, name, phoneNumbers, department }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as unknown as Person,
  );
}
