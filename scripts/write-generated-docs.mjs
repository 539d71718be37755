// Writes the pages of docs/ that are made from code; with --check it fails when one is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { format, resolveConfig } from 'prettier';
import { problemCodes } from './problem-codes.mjs';

const require = createRequire(import.meta.url);
require('../test/support/run-typescript.cjs');
const { troubleshootingPage } = require('../src/sso-connections/diagnosis/troubleshooting.ts');
const { auditEventsPage } = require('../src/audit/audit-event-page.ts');

const { problemsPage } = require('../src/api-docs/problems-page.ts');

const PAGES = {
  'docs/sso/troubleshooting.md': troubleshootingPage,
  'docs/audit-events.md': auditEventsPage,
  'docs/problems.md': () => problemsPage(problemCodes(['src/main.ts'])),
};

for (const [page, write] of Object.entries(PAGES)) {
  const text = await format(write(), { ...(await resolveConfig(page)), parser: 'markdown' });
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    console.error(`${page} is not what the code says: run npm run docs:generated.`);
    process.exitCode = 1;
  }
}
