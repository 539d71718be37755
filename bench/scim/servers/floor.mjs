// The least that can do the work: node:http and prepared statements on the same PostgreSQL. The token is looked up
// for every request and the audit row is in the commit, but nothing of SCIM is validated. What is left above it is
// the price of being right.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });

const STATEMENTS = {
  tenant: 'select tenant from tokens where hash = $1',
  create: `with u as (
             insert into users (tenant, id, user_name, data) values ($1, $2, lower($3), $4) returning id, created_at
           ), a as (insert into audit (tenant, type, target) values ($1, 'created', $2))
           select id, created_at from u`,
  find: 'select id, data, created_at from users where tenant = $1 and user_name = lower($2)',
  page: `select id, data, created_at from users where tenant = $1 and (created_at, id) > ($2, $3)
          order by created_at, id limit $4`,
  offset: `select id, data, created_at from users where tenant = $1 order by created_at, id offset $2 limit $3`,
  group: 'insert into groups (tenant, id, name) values ($1, $2, $3)',
  member: `with m as (
             insert into group_members (tenant, group_id, user_id) values ($1, $2, $3) on conflict do nothing
           ) insert into audit (tenant, type, target) values ($1, 'member added', $2)`,
};

const run = (name, values) => pool.query({ name, text: STATEMENTS[name], values });

async function handle(request, text) {
  const hash = createHash('sha256')
    .update(request.headers.authorization ?? '')
    .digest();
  const { rows } = await run('tenant', [hash]);
  if (rows.length === 0) return { status: 401, body: {} };
  const [{ tenant }] = rows;
  const url = new URL(request.url, 'http://localhost');
  const [, resource, id] = url.pathname.slice('/scim/v2'.length).split('/');
  const body = text && JSON.parse(text);

  if (request.method === 'POST' && resource === 'Users') return create(tenant, body);
  if (request.method === 'POST' && resource === 'Groups') {
    const group = randomUUID();
    await run('group', [tenant, group, body.displayName]);
    return { status: 201, body: { ...body, id: group } };
  }
  if (request.method === 'PATCH') {
    for (const { value } of body.Operations) {
      for (const member of value) await run('member', [tenant, id, member.value]);
    }
    return { status: 204 };
  }
  return list(tenant, url.searchParams);
}

async function create(tenant, body) {
  const { rows } = await run('create', [tenant, randomUUID(), body.userName, body]);
  return { status: 201, body: shown({ ...rows[0], data: body }) };
}

async function list(tenant, parameters) {
  const filter = parameters.get('filter');
  const startIndex = Number(parameters.get('startIndex') ?? 1);
  const { rows } = filter
    ? await run('find', [tenant, /"(.*)"/.exec(filter)[1]])
    : await run('offset', [tenant, startIndex - 1, Number(parameters.get('count') ?? 100)]);
  return {
    status: 200,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: rows.length,
      startIndex,
      itemsPerPage: rows.length,
      Resources: rows.map(shown),
    },
  };
}

const shown = ({ id, data, created_at }) => ({
  ...data,
  id,
  meta: { resourceType: 'User', created: created_at, location: `http://localhost/scim/v2/Users/${id}` },
});

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    handle(request, chunks.length > 0 ? Buffer.concat(chunks).toString() : undefined).then(
      ({ status, body }) => {
        const text = body && Buffer.from(JSON.stringify(body));
        response
          .writeHead(status, {
            'content-type': 'application/scim+json',
            ...(text && { 'content-length': text.length }),
          })
          .end(text);
      },
      (error) => response.writeHead(500, { 'content-length': 0 }).end(void console.error(error)),
    );
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
