// How a parent process steers a demo identity provider: each line on standard input is a JSON document that the
// provider applies, answered by one line on standard output. The end of standard input ends the provider, so that it
// never outlives its parent, not even one that was killed. By hand (without CONTROL=stdin) none of this applies.
import { createInterface } from 'node:readline';

export async function followParent(apply) {
  if (process.env.CONTROL !== 'stdin') return;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    await apply(JSON.parse(line));
    console.log('applied');
  }
  process.exit(0);
}

/** Listens, and answers the origin under which the server is reached; with port 0 that is known only now. */
export async function listen(server, port) {
  const host = process.env.ORIGIN_HOST ?? 'localhost';
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://${host}:${server.address().port}`;
}
