import { type Check, clause } from '../check';
import { answered, contains, equal, ok, refused, shown } from '../expectations';
import { ENTERPRISE, GROUP, type Json, MESSAGE, type ScimServer, USER } from '../scim-server';

const config = async (server: ScimServer): Promise<Json> =>
  answered(await server.get('/ServiceProviderConfig'), 200).body;
const listed = async (server: ScimServer, path: string): Promise<Json[]> => {
  const { body } = answered(await server.get(path), 200);
  return body.Resources ?? [];
};
const schema = async (server: ScimServer, urn: string): Promise<Json> => {
  const found = (await listed(server, '/Schemas')).find(({ id }) => id === urn);
  ok(found, `${urn} is not among the schemas`);
  return found;
};
const attribute = async (server: ScimServer, urn: string, name: string): Promise<Json> => {
  const found = (await schema(server, urn)).attributes.find((one: Json) => one.name === name);
  ok(found, `${name} is not in ${urn}`);
  return found;
};

const TYPES = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex'];
const USER_ATTRIBUTES = [
  'userName',
  'name',
  'displayName',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
  'active',
  'emails',
  'phoneNumbers',
  'ims',
  'photos',
  'addresses',
  'groups',
  'entitlements',
  'roles',
  'x509Certificates',
];

/** What a server says about itself: RFC 7643 sections 5 to 7, RFC 7644 section 4. */
export const discovery: Check[] = [
  ...clause(
    'RFC 7643 §5',
    'ServiceProviderConfig',
    [],
    [
      [
        'It names its schema',
        async (server) =>
          contains(
            (await config(server)).schemas,
            ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
            'schemas',
          ),
      ],
      ...(['patch', 'changePassword', 'sort', 'etag', 'bulk', 'filter'] as const).map(
        (name) =>
          [
            `${name}.supported is a boolean`,
            async (server: ScimServer) =>
              equal(typeof (await config(server))[name]?.supported, 'boolean', `${name}.supported`),
          ] as const,
      ),
      [
        'bulk has maxOperations and maxPayloadSize, whole numbers',
        async (server) => {
          const { bulk } = await config(server);
          ok(
            Number.isInteger(bulk.maxOperations) && Number.isInteger(bulk.maxPayloadSize),
            `bulk is ${shown(bulk)}`,
          );
        },
      ],
      [
        'filter has maxResults, a whole number',
        async (server) => {
          const { filter } = await config(server);
          ok(Number.isInteger(filter.maxResults), `filter is ${shown(filter)}`);
        },
      ],
      [
        'Each authentication scheme has type, name and description',
        async (server) => {
          const { authenticationSchemes } = await config(server);
          ok(Array.isArray(authenticationSchemes) && authenticationSchemes.length > 0, 'there is none');
          for (const { type, name, description } of authenticationSchemes) {
            ok(
              [type, name, description].every((text) => typeof text === 'string' && text !== ''),
              `one is ${shown({ type, name, description })}`,
            );
          }
        },
      ],
      [
        'What it says of its limits about bulk fits to whether there is bulk',
        async (server) => {
          const { bulk } = await config(server);
          ok(
            !bulk.supported || (bulk.maxOperations > 0 && bulk.maxPayloadSize > 0),
            `bulk is ${shown(bulk)}`,
          );
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §6',
    'ResourceType',
    [],
    [
      [
        'Each has name, endpoint, schema and its own schema URN',
        async (server) => {
          const types = await listed(server, '/ResourceTypes');
          ok(types.length > 0, 'there is none');
          for (const { name, endpoint, schema: urn, schemas } of types) {
            ok(
              [name, endpoint, urn].every((text) => typeof text === 'string'),
              `one is ${shown(name)}`,
            );
            contains(schemas, ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'], 'schemas');
          }
        },
      ],
      [
        'User is one of them, at /Users with the core schema',
        async (server) =>
          contains(
            await listed(server, '/ResourceTypes'),
            [{ name: 'User', endpoint: '/Users', schema: USER }],
            'Resources',
          ),
        'users',
      ],
      [
        'Group is one of them, at /Groups with the core schema',
        async (server) =>
          contains(
            await listed(server, '/ResourceTypes'),
            [{ name: 'Group', endpoint: '/Groups', schema: GROUP }],
            'Resources',
          ),
        'groups',
      ],
      [
        'Every endpoint that is named can be queried',
        async (server) => {
          for (const { endpoint } of await listed(server, '/ResourceTypes')) {
            answered(await server.get(`${endpoint}?count=1`), 200);
          }
        },
      ],
      [
        'Each extension is said to be required or not',
        async (server) => {
          for (const { schemaExtensions = [] } of await listed(server, '/ResourceTypes')) {
            for (const extension of schemaExtensions) {
              equal(typeof extension.required, 'boolean', `required of ${extension.schema}`);
            }
          }
        },
      ],
      [
        'Every schema and extension that is named is among the schemas',
        async (server) => {
          const known = (await listed(server, '/Schemas')).map(({ id }) => id);
          for (const type of await listed(server, '/ResourceTypes')) {
            const named = [type.schema, ...(type.schemaExtensions ?? []).map((one: Json) => one.schema)];
            for (const urn of named) ok(known.includes(urn), `${urn} is not among the schemas`);
          }
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §7',
    'Schema',
    [],
    [
      [
        'Each has a URN as id, a name and attributes',
        async (server) => {
          for (const { id, name, attributes } of await listed(server, '/Schemas')) {
            ok(/^urn:/i.test(id), `id is ${id}`);
            ok(typeof name === 'string' && Array.isArray(attributes), `${id} has no name or no attributes`);
          }
        },
      ],
      [
        'Each attribute has a name, a known type and says whether it has several values',
        async (server) =>
          everyAttribute(await listed(server, '/Schemas'), ({ name, type, multiValued }) => {
            ok(typeof name === 'string' && TYPES.includes(type), `${name} is of type ${type}`);
            equal(typeof multiValued, 'boolean', `multiValued of ${name}`);
          }),
      ],
      [
        'Each attribute tells its mutability',
        async (server) =>
          everyAttribute(await listed(server, '/Schemas'), ({ name, mutability, type }) =>
            ok(
              (type === 'complex' && mutability === undefined) ||
                ['readOnly', 'readWrite', 'immutable', 'writeOnly'].includes(mutability),
              `mutability of ${name} is ${mutability}`,
            ),
          ),
      ],
      [
        'Each attribute tells when it is returned',
        async (server) =>
          everyAttribute(await listed(server, '/Schemas'), ({ name, returned, type }) =>
            ok(
              (type === 'complex' && returned === undefined) ||
                ['always', 'never', 'default', 'request'].includes(returned),
              `returned of ${name} is ${returned}`,
            ),
          ),
      ],
      [
        'A uniqueness that is told is one of three',
        async (server) =>
          everyAttribute(await listed(server, '/Schemas'), ({ name, uniqueness }) =>
            ok(
              uniqueness === undefined || ['none', 'server', 'global'].includes(uniqueness),
              `uniqueness of ${name} is ${uniqueness}`,
            ),
          ),
      ],
      [
        'Complex attributes have sub-attributes, and none of these is complex',
        async (server) => {
          for (const { attributes } of await listed(server, '/Schemas')) {
            for (const { name, type, subAttributes } of attributes.filter(
              (one: Json) => one.type === 'complex',
            )) {
              ok(Array.isArray(subAttributes) && type === 'complex', `${name} has no sub-attributes`);
            }
          }
        },
      ],
      [
        'References tell what they refer to',
        async (server) =>
          everyAttribute(await listed(server, '/Schemas'), ({ name, type, referenceTypes }) =>
            ok(
              type !== 'reference' || (Array.isArray(referenceTypes) && referenceTypes.length > 0),
              `${name} has no referenceTypes`,
            ),
          ),
      ],
      ...USER_ATTRIBUTES.map(
        (name) =>
          [
            `The User schema has ${name}`,
            async (server: ScimServer) => void (await attribute(server, USER, name)),
            'users' as const,
          ] as const,
      ),
      [
        'userName is required, unique on the server and compared without case',
        async (server) =>
          contains(
            await attribute(server, USER, 'userName'),
            { required: true, uniqueness: 'server', caseExact: false, multiValued: false },
            'userName',
          ),
        'users',
      ],
      [
        'groups of a user are read-only',
        async (server) =>
          equal((await attribute(server, USER, 'groups')).mutability, 'readOnly', 'mutability of groups'),
        'users',
      ],
      [
        'A password, if there is one, is write-only and never returned',
        async (server) => {
          const password = (await schema(server, USER)).attributes.find(
            (one: Json) => one.name === 'password',
          );
          if (password) contains(password, { mutability: 'writeOnly', returned: 'never' }, 'password');
        },
        'users',
      ],
      [
        'The Group schema has displayName and members',
        async (server) => {
          await attribute(server, GROUP, 'displayName');
          const members = await attribute(server, GROUP, 'members');
          ok(
            members.subAttributes.some((one: Json) => one.name === 'value'),
            'members have no value',
          );
        },
        'groups',
      ],
      [
        'The Enterprise User schema has a manager with a value',
        async (server) => {
          const manager = await attribute(server, ENTERPRISE, 'manager');
          ok(
            manager.subAttributes.some((one: Json) => one.name === 'value'),
            'manager has no value',
          );
        },
        'enterprise',
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §4',
    'Discovery endpoints',
    [],
    [
      ...['/ResourceTypes', '/Schemas'].map(
        (path) =>
          [
            `${path} is a ListResponse`,
            async (server: ScimServer) => {
              const { body } = answered(await server.get(path), 200);
              contains(body.schemas, [`${MESSAGE}:ListResponse`], 'schemas');
              equal(body.totalResults, body.Resources.length, 'totalResults');
            },
          ] as const,
      ),
      [
        'One resource type is read by its id',
        async (server) => {
          const { body } = answered(await server.get('/ResourceTypes/User'), 200);
          contains(body, { name: 'User', endpoint: '/Users' }, 'resource type');
        },
        'users',
      ],
      [
        'One schema is read by its URN',
        async (server) => {
          const { body } = answered(await server.get(`/Schemas/${USER}`), 200);
          equal(body.id, USER, 'id');
        },
        'users',
      ],
      [
        'An unknown resource type is 404',
        async (server) => refused(await server.get('/ResourceTypes/Toaster'), 404),
      ],
      [
        'An unknown schema is 404',
        async (server) => refused(await server.get('/Schemas/urn:example:nonsense'), 404),
      ],
      ...['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'].map(
        (path) =>
          [
            `${path} refuses a filter with 403`,
            async (server: ScimServer) =>
              refused(await server.get(`${path}?filter=${encodeURIComponent('id pr')}`), 403),
          ] as const,
      ),
      ...(['POST', 'PUT', 'PATCH', 'DELETE'] as const).map(
        (method) =>
          [
            `/ServiceProviderConfig cannot be changed by ${method}`,
            async (server: ScimServer) => {
              const body = method === 'DELETE' ? undefined : { schemas: [] };
              const { status } = await server.send(method, '/ServiceProviderConfig', { body });
              ok([403, 404, 405, 501].includes(status), `answered ${status}`);
            },
          ] as const,
      ),
    ],
  ),
];

function everyAttribute(schemas: Json[], look: (attribute: Json) => void): void {
  const walk = (attributes: Json[]): void => {
    for (const one of attributes) {
      look(one);
      walk(one.subAttributes ?? []);
    }
  };
  for (const { attributes } of schemas) walk(attributes);
}
