/**
 * The house in storeys: a room imports from the storeys below it, never sideways and never up. A feature that
 * seems to need more wants an event, a parameter or a room of its own.
 */
const STOREYS = [
  ['config'],
  ['crypto', 'database', 'http', 'outbound', 'threads', 'xml'],
  ['access', 'schedule'],
  ['mail'],
  ['audit'],
  ['expiries', 'personal-data', 'leaks'],
  ['workspaces', 'domains', 'secrets', 'operations', 'backup-restore'],
  ['rate-limits', 'idempotency'],
  ['members', 'api-keys', 'sso-connections', 'audit-streams'],
  ['auth', 'scim'],
  ['console', 'api-docs', 'server'],
  ['bootstrap', 'demo'],
];

/** Programs of their own, each beside main.ts: they may import everything, and nothing imports them. */
const COMMANDS = '^src/commands/';

const within = (rooms) => `^src/(${rooms.join('|')})/`;

const storeys = STOREYS.map((rooms, storey) => ({
  name: `${rooms.join('-')}-import-only-from-below`,
  comment: 'See docs/architecture.md: rooms stand in storeys.',
  severity: 'error',
  from: { path: within(rooms) },
  to: { path: within(STOREYS.slice(storey).flat()), pathNot: '^src/$1/' },
}));

module.exports = {
  forbidden: [
    ...storeys,
    {
      name: 'nothing-imports-the-composition-root',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: COMMANDS },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'nothing-imports-commands',
      severity: 'error',
      from: { pathNot: COMMANDS },
      to: { path: COMMANDS },
    },
    {
      name: 'entities-stay-in-their-room',
      comment: 'Another room is used through its services.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '\\.(entity|dto|controller)\\.ts$', pathNot: ['^src/$1/', '^src/database/'] },
    },
    {
      name: 'protocols-know-no-framework',
      severity: 'error',
      from: { path: '/protocol/', pathNot: '\\.spec\\.ts$' },
      to: { path: 'node_modules/(@nestjs|typeorm|fastify)' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['\\.spec\\.ts$', '^src/main\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'production-needs-no-development-package',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
