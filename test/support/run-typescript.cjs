// `node --require ./test/support/run-typescript.cjs src/main.ts`: runs the sources in a process of their own, for
// tests that start, kill and multiply whole processes. Compiles as Jest does, and each file once: what came of it is
// kept beside Jest's own, since starting costs half as much again otherwise.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { transformSync, version } = require('@swc/core');

const options = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
  swcrc: false,
};
const kept = join(__dirname, '../../node_modules/.cache/gatehouse-typescript');
const compiler = JSON.stringify({ version, options });

Module._extensions['.ts'] = (module, filename) => {
  module._compile(compiled(filename), filename);
};

function compiled(filename) {
  const source = readFileSync(filename, 'utf8');
  const hash = createHash('sha256')
    .update(compiler)
    .update(filename)
    .update('\0')
    .update(source)
    .digest('hex');
  const file = join(kept, `${hash}.js`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { code } = transformSync(source, { filename, ...options });
    keep(file, code);
    return code;
  }
}

/** Whole or not at all: several processes start at once. */
function keep(file, code) {
  try {
    mkdirSync(kept, { recursive: true });
    const unfinished = `${file}.${process.pid}.${process.hrtime.bigint()}`;
    writeFileSync(unfinished, code);
    renameSync(unfinished, file);
  } catch {
    // Where nothing can be written, each process compiles for itself.
  }
}
