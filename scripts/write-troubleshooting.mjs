// Writes docs/sso/troubleshooting.md from the catalogue of refusals; with --check it fails when the page is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { format, resolveConfig } from 'prettier';

const require = createRequire(import.meta.url);
require('../test/support/run-typescript.cjs');
const { troubleshootingPage } = require('../src/sso-connections/diagnosis/troubleshooting.ts');

const page = 'docs/sso/troubleshooting.md';
const text = await format(troubleshootingPage(), { ...(await resolveConfig(page)), parser: 'markdown' });
if (!process.argv.includes('--check')) writeFileSync(page, text);
else if (readFileSync(page, 'utf8') !== text) {
  console.error(`${page} is not what the catalogue says: run npm run docs:troubleshooting.`);
  process.exitCode = 1;
}
