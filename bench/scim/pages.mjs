import { Agent, request as httpRequest } from 'node:http';
import { CpuMeter } from '../lib/cpu.mjs';
import { median, percentile } from '../lib/statistics.mjs';
import { metered } from './measure.mjs';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** One GET of a page; answers it, and how long it took. */
export function getPage(contender, query) {
  const [{ path, headers }] = contender.tenants;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const options = { agent, port: contender.server.port, path: `${path}/Users?${query}`, headers };
    const request = httpRequest(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const milliseconds = performance.now() - began;
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200)
          reject(new Error(`${contender.name}, ${query}: ${response.statusCode} ${text.slice(0, 300)}`));
        else resolve({ milliseconds, body: JSON.parse(text) });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
}

/** Page after page from a position on, as an import reads them, and again from there until the time is over. */
export async function readPages(contender, postgres, { from, pages, count, seconds }) {
  const meter = new CpuMeter(metered(contender, postgres));
  const times = [];
  const firsts = [];
  const seen = new Set();
  let total;
  const until = performance.now() + seconds * 1000;
  for (let read = 0; read < pages || performance.now() < until; read += 1) {
    const page = read % pages;
    const { milliseconds, body } = await getPage(
      contender,
      `startIndex=${from + page * count}&count=${count}`,
    );
    times.push(milliseconds);
    if (page === 0) firsts.push(milliseconds);
    total = body.totalResults;
    for (const { id } of body.Resources) seen.add(id);
  }
  return { ...summed(times, meter, times.length), first: median(firsts), total, seen: seen.size };
}

/** From cursor to cursor. */
export async function readCursors(contender, postgres, { cursor, pages, count }) {
  const meter = new CpuMeter(metered(contender, postgres));
  const times = [];
  let total;
  let next = cursor;
  let seen = 0;
  for (let page = 0; page < pages && next !== undefined; page += 1) {
    const { milliseconds, body } = await getPage(
      contender,
      `cursor=${encodeURIComponent(next)}&count=${count}`,
    );
    times.push(milliseconds);
    total = body.totalResults;
    seen += body.Resources.length;
    next = body.nextCursor;
  }
  return { ...summed(times, meter, times.length), total, seen, next };
}

function summed(times, meter, pages) {
  const sorted = [...times].sort((a, b) => a - b);
  const { server, postgres } = meter.used();
  return {
    perSecond: (1000 * times.length) / times.reduce((sum, time) => sum + time, 0),
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    cpu: { server: server / pages, postgres: (postgres ?? 0) / pages },
  };
}
