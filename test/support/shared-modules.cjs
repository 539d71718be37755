// Jest gives every test file a realm and modules of its own. For the end-to-end tests that means to read NestJS,
// TypeORM and the whole service anew, some hundred and eighty times, in code that no compiler has warmed up: half of
// what the tests cost. Here the packages and the sources under test are read once in a process, by Node itself, as in
// production. Each file still has its own modules of test/ and starts its own service on its own database.
const { createRequire, isBuiltin, _extensions: readers } = require('node:module');
const { join, sep } = require('node:path');
const { compileFunction } = require('node:vm');
const Runtime = require('jest-runtime').default;

const ROOT = join(__dirname, '../..');
const SHARED = [join(ROOT, 'src') + sep, join(ROOT, 'node_modules') + sep];

// Threads that the service starts are outside Jest, so they are told how to read TypeScript as processes are.
process.execArgv.push('--require', join(__dirname, 'run-typescript.cjs'));

class SharedModules extends Runtime {
  constructor(config, environment, ...rest) {
    super(config, environment, ...rest);
    // What is left to Jest is compiled for the one realm there is: an array is an array on either side.
    this.executor.compile = (source, filename) =>
      compileFunction(source, this.executor.injectedModuleParameters, { filename });
    readers['.ts'] = (module, filename) => module._compile(this.transformCache.transform(filename), filename);
  }

  /** What `require(name)` answers in the file `from`. */
  requireModuleOrMock(from, name) {
    if (isBuiltin(name) || name === '@jest/globals') return super.requireModuleOrMock(from, name);
    const require = createRequire(from);
    const path = require.resolve(name);
    return SHARED.some((directory) => path.startsWith(directory))
      ? require(path)
      : super.requireModuleOrMock(from, name);
  }
}

module.exports = { __esModule: true, default: SharedModules };
