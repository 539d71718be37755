import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';

const PEERS = ['@boxyhq/saml-jackson', 'better-auth', '@better-auth/scim', 'scimmy', 'scimmy-routers'];

/** The sections of a run, with what was measured where. */
export function report({ sections, facts, options, gatehouse }) {
  return `${['# A SCIM server and its peers', setting({ facts, options, gatehouse }), ...sections].join('\n\n')}\n`;
}

function setting({ facts, options, gatehouse }) {
  const [{ model }] = cpus();
  return [
    `- ${new Date().toISOString().slice(0, 10)}, Gatehouse at ${revisionOf(gatehouse)}; ${PEERS.map((name) => `${name} ${versionOf(name)}`).join(', ')}; Node ${process.version}.`,
    `- Machine: ${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}.`,
    `- PostgreSQL ${facts.server_version}, one server for all: fsync ${facts.fsync}, synchronous_commit ${facts.synchronous_commit}, shared_buffers ${facts.shared_buffers}, autovacuum ${facts.autovacuum}.`,
    `- ${options.rounds} rounds of ${options.seconds} s, order rotated; servers on one core, the load on another. Medians of the rounds, in brackets the lowest and the highest; ratios per round, then the median.`,
    '- A run ends with an error when one answer is not the right one, when a body does not hold the right person, or when a row is missing or under another tenant. “floor” is the least code that could do it.',
  ].join('\n');
}

export function versionOf(name) {
  for (const path of createRequire(import.meta.url).resolve.paths(name)) {
    try {
      return JSON.parse(readFileSync(`${path}/${name}/package.json`, 'utf8')).version;
    } catch {
      // Not in this one.
    }
  }
  return 'of unknown version';
}

function revisionOf(directory) {
  try {
    return execFileSync('git', ['-C', directory, 'rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return 'an unknown revision';
  }
}
