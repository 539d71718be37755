// Changes things over HTTP as fast as it is answered; a process of its own, warm for the whole run. Each message is
// {port, requests: [{path, headers}], seconds, processes}; each connection keeps to one request, whose body is new each time.
import { CpuMeter } from '../lib/cpu.mjs';
import { KeepAliveConnection } from '../lib/keep-alive-connection.mjs';
import { percentile } from '../lib/statistics.mjs';

const WARM_SECONDS = 0.5;

async function run({ port, requests, seconds, processes }) {
  const milliseconds = [];
  const faults = [];
  let phase = 'warming';
  let count = 0;
  const nextOf =
    ({ path, headers }) =>
    () => {
      if (phase === 'over') return undefined;
      const name = `n${(count += 1)}-${process.hrtime.bigint()}`;
      const body = JSON.stringify({ name });
      const lines = [
        `PATCH ${path} HTTP/1.1`,
        `host: 127.0.0.1:${port}`,
        ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body)}`,
      ];
      return {
        request: Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`),
        faultOf: ({ status, body: answer }) =>
          status === 200 && answer.includes(`"name":"${name}"`)
            ? undefined
            : `${status}: ${answer.toString()}`,
      };
    };
  const onAnswer = (time, fault) => {
    if (phase === 'measuring') milliseconds.push(time);
    if (fault) faults.push(fault);
  };
  const all = Promise.all(
    requests.map((request) => new KeepAliveConnection(port, nextOf(request), onAnswer).over),
  );
  await Promise.race([all, pause(WARM_SECONDS)]);
  const cpu = new CpuMeter(processes);
  phase = 'measuring';
  await Promise.race([all, pause(seconds)]);
  phase = 'over';
  const used = cpu.used();
  await all;
  if (faults.length > 0) throw new Error(`${faults.length} wrong answers, such as ${faults[0]}`);
  milliseconds.sort((a, b) => a - b);
  const answered = milliseconds.length;
  return {
    answered,
    perSecond: answered / seconds,
    p50: percentile(milliseconds, 0.5),
    p99: percentile(milliseconds, 0.99),
    cpu: Object.fromEntries(
      Object.entries(used).map(([name, micros]) => [name, micros && micros / answered]),
    ),
  };
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

process.on('message', (plan) => {
  run(plan).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: error.stack }),
  );
});
