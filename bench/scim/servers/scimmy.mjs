// scimmy-routers as its documentation shows it, with everything in memory: what it costs without any database.
import { randomUUID } from 'node:crypto';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';

const FIRST = Date.now();
let made = 0;

/** A store with an index on the one attribute that connectors look people up by. */
class Store {
  constructor(unique) {
    this.unique = unique;
    this.rows = new Map();
    this.byName = new Map();
  }

  keyOf(instance) {
    return String(instance[this.unique]).toLowerCase();
  }

  write(resource, instance) {
    const { id = randomUUID() } = resource;
    const before = this.rows.get(id);
    if (resource.id && !before) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    const key = this.keyOf(instance);
    if (this.byName.has(key) && this.byName.get(key) !== id)
      throw new SCIMMY.Types.Error(409, 'uniqueness', `${this.unique} is taken`);
    if (before) this.byName.delete(this.keyOf(before));
    const created = before?.meta.created ?? new Date(FIRST + made++);
    const row = { ...plain(instance), id, meta: { created, lastModified: new Date() } };
    this.rows.set(id, row);
    this.byName.set(key, id);
    return row;
  }

  read({ id, filter }) {
    if (id !== undefined) {
      const row = this.rows.get(id);
      if (!row) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
      return row;
    }
    if (!filter) return [...this.rows.values()];
    const [only] = filter;
    const [[name, comparison] = []] = filter.length === 1 ? Object.entries(only) : [];
    if (name === this.unique && Array.isArray(comparison) && comparison[0] === 'eq') {
      const found = this.rows.get(this.byName.get(String(comparison[1]).toLowerCase()));
      return found ? [found] : [];
    }
    return filter.match([...this.rows.values()]);
  }

  remove({ id }) {
    const row = this.rows.get(id);
    if (!row) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    this.rows.delete(id);
    this.byName.delete(this.keyOf(row));
  }
}

const plain = (instance) => JSON.parse(JSON.stringify(instance));

function declare(Resource, unique) {
  const store = new Store(unique);
  SCIMMY.Resources.declare(Resource)
    .ingress((resource, instance) => store.write(resource, instance))
    .egress((resource) => store.read(resource))
    .degress((resource) => store.remove(resource));
  return store;
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
const users = declare(SCIMMY.Resources.User, 'userName');
const groups = declare(SCIMMY.Resources.Group, 'displayName');

const app = express();
app.post('/fill', express.json(), ({ body }, response) => {
  for (let n = body.from; n < body.to; n += 1) {
    users.write({}, { schemas: [], ...JSON.parse(body.user.replaceAll('{n}', n)) });
  }
  response.json({});
});
app.post('/fill-group', express.json({ limit: '100mb' }), ({ body }, response) => {
  const members = [...users.rows.keys()].slice(0, body.members).map((value) => ({ value }));
  response.json({ id: groups.write({}, { displayName: body.displayName, members }).id });
});
app.use(
  '/scim/v2',
  new SCIMMYRouters({
    type: 'bearer',
    docUri: 'https://bench.test/help',
    handler: (request) => {
      if (request.header('authorization') !== `Bearer ${process.env.TOKEN}`) throw new Error('No such token');
      return 'directory';
    },
  }),
);
app.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
