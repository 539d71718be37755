// npm run scim:conformance -- --url https://example.com/scim/v2 --token … [--clause "RFC 7644 §3.5.2"] [--json]
import { parseArgs } from 'node:util';
import { CHECKS } from './checks';
import { jsonReport, textReport } from './report';
import { runAll } from './run';
import { ScimServer } from './scim-server';

const USAGE = `Asks a SCIM server ${CHECKS.length} questions and reports the answers by RFC clause.

  --url     the base URL, such as https://example.com/scim/v2
  --token   the bearer token; or the variable SCIM_TOKEN
  --clause  only clauses that begin so, such as "RFC 7644 §3.5.2"
  --json    the report as JSON

It creates users and groups whose names begin with a random word, and deletes them in the end.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      token: { type: 'string', default: process.env.SCIM_TOKEN },
      clause: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.url === undefined || values.token === undefined) {
    console.error(USAGE);
    return 2;
  }
  const server = new ScimServer(values.url.replace(/\/$/, ''), values.token);
  const checks = CHECKS.filter(({ clause }) => clause.startsWith(values.clause));
  try {
    const outcomes = await runAll(checks, server, ({ verdict }) => {
      if (!values.json && process.stderr.isTTY) process.stderr.write(verdict === 'failed' ? 'x' : '.');
    });
    console.log(values.json ? jsonReport(values.url, outcomes) : textReport(values.url, outcomes));
    return outcomes.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
  } finally {
    await server.cleanUp();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
