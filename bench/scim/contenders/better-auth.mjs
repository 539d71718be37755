import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { getMigrations } from 'better-auth/db/migration';
import { withClient } from '../../lib/postgres.mjs';
import { freePort, startServer } from '../../lib/processes.mjs';
import { CONNECTIONS, createAuth } from '../better-auth-options.mjs';
import { nameOf } from '../population.mjs';

const SERVER = fileURLToPath(new URL('../servers/better-auth.mjs', import.meta.url));
const AT_ONCE = 10_000;
const [{ id: CONNECTION }] = CONNECTIONS;

const key = (...parts) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
const idOf = (n) => `scim${String(n).padStart(28, '0')}`;
const userOf = (n) => `user${String(n).padStart(28, '0')}`;

/** better-auth's SCIM plugin with two connections, each with a token and a domain of its own. */
export async function startBetterAuth(databaseUrl) {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const auth = createAuth({ databaseUrl, publicUrl });
  await (await getMigrations(auth.options)).runMigrations();
  await auth.options.database.end();
  const serve = async (url, at = port) =>
    startServer(SERVER, {
      port: at,
      env: { PORT: at, PUBLIC_URL: `http://127.0.0.1:${at}`, DATABASE_URL: url },
    });
  const query = (text, values) => withClient(databaseUrl, (client) => client.query(text, values));
  return {
    id: 'better-auth',
    name: 'better-auth',
    server: await serve(databaseUrl),
    databaseUrl,
    tenants: CONNECTIONS.map(({ id, token }) => ({
      id,
      path: '/api/auth/scim/v2',
      headers: { authorization: `Bearer ${token}` },
    })),
    restart: async (url) => serve(url, await freePort()),
    fill: (from, to) => withClient(databaseUrl, (client) => fillUsers(client, from, to)),
    placed: async (prefix) =>
      (
        await query(
          `select "connectionId" as tenant, count(*)::int as count from "scimUser" where "userName" like $1 || '%' group by 1`,
          [prefix],
        )
      ).rows,
    userIds: async (from, to) => Array.from({ length: to - from }, (_, n) => idOf(from + n)),
    /** It takes at most a thousand members, and answers all of them: 800 stand for a thousand here. */
    largestGroup: 800,
    fillGroup: (groupId, members) =>
      withClient(databaseUrl, (client) => fillMembers(client, groupId, members)),
    membersOf: async (groupId) =>
      new Set(
        (
          await query('select "scimUserId" as id from "scimGroupMember" where "groupId" = $1', [groupId])
        ).rows.map(({ id }) => id),
      ),
  };
}

/** The rows that its API writes for a person, with the keys it looks people up by. */
async function fillUsers(client, from, to) {
  for (let start = from; start < to; start += AT_ONCE) {
    const people = Array.from({ length: Math.min(AT_ONCE, to - start) }, (_, n) => start + n);
    const columns = [
      people.map(userOf),
      people.map(idOf),
      people.map(nameOf),
      people.map((n) => key('scim-user', CONNECTION, userOf(n))),
      people.map((n) => key('scim-user-name', CONNECTION, nameOf(n))),
      people.map((n) => key('scim-user-external-id', CONNECTION, nameOf(n))),
      people.map((n) => `|${key('scim-email', nameOf(n))}|`),
      people.map((n) => `${String(Date.now()).padStart(15, '0')}:${String(n).padStart(16, '0')}`),
    ];
    const from8 =
      'unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])';
    const people8 = `${from8} as p (user_id, id, name, user_key, name_key, external_key, email_key, order_key)`;
    await client.query(
      `with u as (
         insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
         select user_id, 'Ada Byron', name, false, now(), now() from ${people8} returning id
       ), s as (
         insert into "scimSubject" (id, "userId", "profileSourceId", revision, "createdAt", "updatedAt")
         select user_id, user_id, id, 1, now(), now() from ${people8}
       )
       insert into "scimUser" (id, "connectionId", "provisioningDomainId", "userId", "connectionUserKey", "userName",
         "userNameKey", "primaryEmail", "workEmailValueIndex", "emailValueIndex", "displayName", "formattedName",
         "givenName", "familyName", "serializedEmails", "serializedAttributes", "externalId", "externalIdKey", active,
         "orderKey", "createdAt", "updatedAt")
       select id, '${CONNECTION}', '${CONNECTION}', user_id, user_key, name, name_key, name, email_key, email_key,
         'Ada Byron', 'Ada Byron', 'Ada', 'Byron',
         jsonb_build_array(jsonb_build_object('value', name, 'type', 'work', 'primary', true))::text,
         replace('{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"name":{"formatted":"Ada Byron","givenName":"Ada","familyName":"Byron"},"emails":[{"value":"{v}","primary":true,"type":"work"}]}', '{v}', name),
         name, external_key, true, order_key, now(), now() from ${people8}`,
      columns,
    );
  }
  await client.query('vacuum (analyze)');
}

async function fillMembers(client, groupId, members) {
  const people = Array.from({ length: members }, (_, n) => n);
  await client.query(
    `insert into "scimGroupMember" (id, "connectionId", "groupId", "scimUserId", "membershipKey", "createdAt")
     select k, $1, $2, u, k, now() from unnest($3::text[], $4::text[]) as p (u, k)`,
    [
      CONNECTION,
      groupId,
      people.map(idOf),
      people.map((n) => key('scim-group-member', CONNECTION, groupId, idOf(n))),
    ],
  );
  await client.query('vacuum (analyze) "scimGroupMember"');
}
