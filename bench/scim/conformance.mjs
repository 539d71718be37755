// npm run scim-conformance: runs the suite of test/scim/conformance against Gatehouse and scimmy-routers, and writes
// the table of docs/scim/conformance.md anew.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from '../lib/markdown.mjs';
import { openPostgres } from '../lib/postgres.mjs';
import { startGatehouse } from './contenders/gatehouse.mjs';
import { startScimmy } from './contenders/scimmy.mjs';
import { versionOf } from './report.mjs';

const [BEGIN, END] = ['<!-- begin of the table -->', '<!-- end of the table -->'];
const gatehouse = resolve(
  process.env.GATEHOUSE_DIR ?? join(fileURLToPath(new URL('.', import.meta.url)), '../..'),
);
const document = join(gatehouse, 'docs/scim/conformance.md');

const running = [];
const keep = (server) => {
  running.push(server);
  return server;
};
try {
  const postgres = keep(await openPostgres(gatehouse));
  const ours = await startGatehouse(gatehouse, await postgres.freshDatabase('bench_scim_conformance'));
  keep(ours.server);
  const theirs = await startScimmy();
  keep(theirs.server);
  const reports = [ours, theirs].map(reportOf);
  const text = readFileSync(document, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest.split(END);
  writeFileSync(document, `${before}${BEGIN}\n\n${compared(reports)}\n\n${END}${after}`);
  console.log(compared(reports));
} finally {
  for (const server of running.reverse()) await server.stop();
}

/** The JSON report of one server; failures are what is wanted to be known, so the exit code is not. */
function reportOf({ server, tenants: [{ headers }] }) {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--require',
      './test/support/run-typescript.cjs',
      'test/scim/conformance/cli.ts',
      '--url',
      `http://127.0.0.1:${server.port}/scim/v2`,
      '--token',
      headers.authorization.slice('Bearer '.length),
      '--json',
    ],
    { cwd: gatehouse, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
}

function compared([ours, theirs]) {
  const rows = ours.clauses.map((clause) => [
    `${clause.clause} ${clause.title}`,
    cell(clause),
    cell(theirs.clauses.find((other) => other.clause === clause.clause)),
  ]);
  return table(
    ['', 'Gatehouse', `scimmy-routers ${versionOf('scimmy-routers')}`],
    [...rows, ['all', cell(ours), cell(theirs)]],
  );
}

/** `7 of 9`, and how many of the others the server does not claim to offer. */
function cell({ passed, failed, notOffered }) {
  const all = passed + failed + notOffered;
  return `${passed} of ${all}${notOffered > 0 ? `, ${notOffered} not offered` : ''}`;
}
