import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

// Jest runs everything as CommonJS, as production does. Packages that are published as ES modules only
// (NestJS 12, jose, nodemailer, …) are compiled by swc on first use and cached.
const modules = join(import.meta.dirname, 'node_modules');
const isEsModule = (name) => {
  try {
    return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).type === 'module';
  } catch {
    return false;
  }
};
// CommonJS packages that call import() at run time: compiled too, so that import() becomes require().
const dynamicImporters = ['@fastify/cookie'];
const compiled = readdirSync(modules)
  .flatMap((entry) =>
    entry.startsWith('@') ? readdirSync(join(modules, entry)).map((name) => `${entry}/${name}`) : [entry],
  )
  .filter(isEsModule)
  .concat(dynamicImporters);

const swc = (parser) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2023',
      parser,
      keepClassNames: true,
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

const shared = {
  testEnvironment: '<rootDir>/test/support/node-environment.ts',
  transform: {
    '^.+\\.ts$': swc({ syntax: 'typescript', decorators: true }),
    '/node_modules/.+\\.m?js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [`/node_modules/(?!(${compiled.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/bench/'],
};

export default {
  testTimeout: 60_000,
  // Two processes even where jest would take one, and new ones once they have grown: each file leaves something behind.
  // A new process reads all modules anew, which is a quarter of what the tests cost if it happens at every other file.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  workerIdleMemoryLimit: Math.min(totalmem() / 8, 2 * 2 ** 30),
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/src/**/*.spec.ts'],
      setupFiles: ['<rootDir>/test/support/typescript-threads.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      runtime: '<rootDir>/test/support/shared-modules.cjs',
      testEnvironment: '<rootDir>/test/support/one-realm-environment.cjs',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      setupFiles: ['<rootDir>/test/support/quiet.ts', '<rootDir>/test/support/typescript-threads.ts'],
    },
  ],
};
