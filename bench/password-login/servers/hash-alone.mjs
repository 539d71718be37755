// Verifies a password per request and does nothing else: what the hash alone allows.
import { createServer } from 'node:http';
import { argon2Of, COST } from '../better-auth-options.mjs';

const { hash, verify } = argon2Of(process.env.GATEHOUSE_DIR);
const PASSWORD = 'a password of the benchmark that nothing else uses';
const stored = await hash(PASSWORD, COST);
const ANSWER = Buffer.from('{"right":true}');

process.once('SIGTERM', () => process.exit(0));
createServer((_, response) => {
  verify(stored, PASSWORD).then((right) => {
    response.writeHead(right ? 200 : 500, { 'content-length': ANSWER.length }).end(ANSWER);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
