import { startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  expectScimError,
  GROUP,
  LIST,
  type ScimClient,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

const MEMBER = 'urn:gatehouse:params:scim:schemas:extension:member:2.0:User';

interface Described {
  name: string;
  type: string;
  multiValued: boolean;
  subAttributes?: Described[];
}

/** A value for each attribute. */
function filled(attributes: readonly Described[]): Record<string, unknown> {
  const one = ({ type, subAttributes }: Described): unknown => {
    if (subAttributes) return filled(subAttributes);
    if (type === 'boolean') return true;
    return type === 'binary' ? 'AAAA' : 'x';
  };
  return Object.fromEntries(
    attributes.map((described) => [
      described.name,
      described.multiValued ? [one(described)] : one(described),
    ]),
  );
}

/** The attributes that a resource lacks, with their parts. */
function missing(attributes: readonly Described[], resource: Record<string, unknown>, path = ''): string[] {
  return attributes.flatMap(({ name, subAttributes }) => {
    const [value] = [resource[name]].flat();
    if (value === undefined) return [path + name];
    return subAttributes ? missing(subAttributes, value as Record<string, unknown>, `${name}.`) : [];
  });
}

describe('RFC 7643 and RFC 7644 §4, discovery', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
  });
  afterAll(() => app.close());

  describe('§4 discovery', () => {
    it('ServiceProviderConfig says what is supported', async () => {
      const { body } = await scim.get('/ServiceProviderConfig').expect(200);
      expect(body).toMatchObject({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
        patch: { supported: true },
        bulk: { supported: true, maxOperations: 1_000, maxPayloadSize: 1_048_576 },
        filter: { supported: true, maxResults: 200 },
        changePassword: { supported: false },
        sort: { supported: true },
        etag: { supported: true },
        authenticationSchemes: [
          { type: 'oauthbearertoken', primary: true },
          { type: 'oauth2', primary: false },
        ],
      });
    });

    it('ResourceTypes names User with its extension, and Group', async () => {
      const { body } = await scim.get('/ResourceTypes').expect(200);
      expect(body).toMatchObject({ schemas: [LIST], totalResults: 2 });
      expect(body.Resources[0]).toMatchObject({ id: 'User', endpoint: '/Users', schema: USER });
      expect(body.Resources[1]).toMatchObject({ id: 'Group', endpoint: '/Groups', schema: GROUP });
      expect((await scim.get('/ResourceTypes/User').expect(200)).body).toEqual(body.Resources[0]);
      expectScimError(await scim.get('/ResourceTypes/Nonsense'), 404);
    });

    it('Schemas describes every attribute that a user is answered with', async () => {
      const { body } = await scim.get('/Schemas').expect(200);
      expect(body).toMatchObject({ schemas: [LIST], totalResults: 4, itemsPerPage: 4, startIndex: 1 });
      const [core, enterprise, member, group] = body.Resources;
      expect([core.id, enterprise.id, member.id, group.id]).toEqual([USER, ENTERPRISE, MEMBER, GROUP]);
      expect((await scim.get(`/Schemas/${USER}`).expect(200)).body).toEqual(core);
      expect(core.attributes[0]).toMatchObject({
        name: 'userName',
        type: 'string',
        multiValued: false,
        required: true,
        caseExact: false,
        mutability: 'readWrite',
        returned: 'default',
        uniqueness: 'server',
      });
      expect(JSON.stringify(body)).not.toContain('maxLength');
      expectScimError(await scim.get('/Schemas/urn:nonsense'), 404);

      const named = (core.attributes as { name: string }[]).map(({ name }) => name);
      const user = await scim.create({
        title: 'x',
        name: { givenName: 'A' },
        [ENTERPRISE]: { department: 'D' },
      });
      const { schemas: _s, id: _i, meta: _m, [ENTERPRISE]: _e, ...attributes } = user;
      expect(Object.keys(attributes).filter((name) => !named.includes(name))).toEqual([]);
    });

    it('Schemas names nothing that no user is ever answered with', async () => {
      const { body } = await scim.get('/Schemas').expect(200);
      const [core, enterprise] = body.Resources as { attributes: Described[] }[];
      const boss = await scim.create({ displayName: 'The boss' });
      const known = { manager: { value: boss.id, displayName: 'The boss' } };
      const sent = { ...filled(core!.attributes), userName: 'all@acme.test', active: true };
      const { id } = await scim.create({
        ...sent,
        [ENTERPRISE]: { ...filled(enterprise!.attributes), ...known },
      });
      await scim.post('/Groups', { displayName: 'Everybody', members: [{ value: id }] }).expect(201);
      const { body: user } = await scim.get(`/Users/${id}`).expect(200);
      expect(missing(core!.attributes, user)).toEqual([]);
      expect(missing(enterprise!.attributes, user[ENTERPRISE])).toEqual([]);
      expect(user[ENTERPRISE].manager).toEqual({ value: boss.id });
    });

    it('§4 these cannot be filtered: 403', async () => {
      for (const path of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig']) {
        expectScimError(await scim.get(`${path}?filter=id+eq+%22x%22`), 403);
      }
    });
  });
});
