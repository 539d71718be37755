// npm run check: every static check, two at a time. Each prints what it has to say when it ends; all of them run.
import { spawn } from 'node:child_process';

const LANES = [['lint'], ['format:check', 'typecheck', 'boundaries', 'check:generated', 'check:migrations']];

const failed = [];

async function runLane(names) {
  for (const name of names) {
    const { code, output } = await run(name);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  npm run ${name}`);
    if (code === 0) continue;
    failed.push(name);
    console.log(output);
  }
}

function run(name) {
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn('npm', ['run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

await Promise.all(LANES.map(runLane));
process.exitCode = failed.length > 0 ? 1 : 0;
