// One connection and so many people in a directory. Told by a message, answers with one.
import saml from '@boxyhq/saml-jackson';
import { withClient } from '../lib/postgres.mjs';
import { idpMetadata } from './idp.mjs';
import { polisOptions } from './polis-options.mjs';

const APP = 'https://app.bench.test/callback';
const [TENANT, PRODUCT] = ['acme.bench.test', 'bench'];

process.on('message', (what) => {
  fill(what).then(
    (connection) => process.send({ connection }),
    (error) => process.send({ error: error.stack }),
  );
});

async function fill({ publicUrl, databaseUrl, certificate, oidc, directoryUsers }) {
  const { connectionAPIController, directorySyncController } = await saml.controllers(
    polisOptions(publicUrl, databaseUrl),
  );
  const application = {
    defaultRedirectUrl: APP,
    redirectUrl: JSON.stringify([APP]),
    tenant: TENANT,
    product: PRODUCT,
  };
  const connection = oidc
    ? await connectionAPIController.createOIDCConnection({ ...oidc, ...application })
    : await connectionAPIController.createSAMLConnection({
        rawMetadata: idpMetadata(certificate),
        ...application,
      });
  if (directoryUsers > 0) await fillDirectory(directorySyncController, databaseUrl, directoryUsers);
  return connection;
}

/** One user by the API of Polis; the others are copies of the rows it wrote, with ids and addresses of their own. */
async function fillDirectory(directorySync, databaseUrl, count) {
  const { data: directory } = await directorySync.directories.create({
    tenant: TENANT,
    product: PRODUCT,
    name: 'bench',
    type: 'okta-scim-v2',
  });
  directorySync.users.setTenantAndProduct(TENANT, PRODUCT);
  const { data: user } = await directorySync.users.create({
    directoryId: directory.id,
    id: '00000000-0000-4000-8000-000000000000',
    first_name: 'Ada',
    last_name: 'Byron',
    email: 'person-0@directory.bench.test',
    active: true,
    raw: { userName: 'person-0@directory.bench.test', displayName: 'Ada Byron', active: true },
  });
  await withClient(databaseUrl, async (client) => {
    const { rows: columns } = await client.query(
      `select table_name, string_agg(format('%I', column_name), ', ' order by ordinal_position) as names
         from information_schema.columns where table_name in ('jackson_store', 'jackson_index') and column_name <> 'id'
        group by table_name`,
    );
    const named = Object.fromEntries(columns.map(({ table_name, names }) => [table_name, names]));
    // The copies carry another id, and another address, wherever the first user's stands.
    await client.query('begin');
    await client.query(
      `create temp table first_store on commit drop as select * from jackson_store where key like '%' || $1 || '%'`,
      [user.id],
    );
    await client.query(
      `create temp table first_index on commit drop as
         select i.* from jackson_index i join first_store s on i."storeKey" = s.key`,
    );
    const copied = (expression) =>
      `replace(replace(${expression}, '${user.id}', '00000000-0000-4000-8000-' || lpad(n::text, 12, '0')), 'person-0@', 'person-' || n || '@')`;
    const textual = (names) =>
      names
        .split(', ')
        .map((name) =>
          ['key', '"key"', '"storeKey"', 'value', '"value"'].includes(name) ? copied(name) : name,
        )
        .join(', ');
    await client.query(
      `insert into jackson_store (${named.jackson_store}) select ${textual(named.jackson_store)} from first_store, generate_series(1, ${count - 1}) n`,
    );
    await client.query(
      `insert into jackson_index (${named.jackson_index}) select ${indexColumns(named.jackson_index, copied)} from first_index, generate_series(1, ${count - 1}) n`,
    );
    await client.query('commit');
    await client.query('analyze');
  });
}

/** Look-up keys that hold an id or a hash of an address differ per user; those of a whole directory are shared. */
function indexColumns(names, copied) {
  return names
    .split(', ')
    .map((name) => {
      if (name === '"storeKey"') return copied(name);
      if (name === 'key') return `case when key like '%directoryIdUsername%' then key || n else key end`;
      return name;
    })
    .join(', ');
}
