import { connect, createServer } from 'node:net';

/**
 * A TCP proxy before PostgreSQL that counts what the server answers. Each ReadyForQuery ends one round trip,
 * whatever was sent in it; each CommandComplete is one statement that ran, BEGIN and COMMIT included.
 */
export async function startRoundTripCounter(databaseUrl) {
  const target = new URL(databaseUrl);
  const counts = { roundTrips: 0, statements: new Map() };
  const sockets = new Set();
  const proxy = createServer((client) => {
    const server = connect({ port: Number(target.port || 5432), host: target.hostname, noDelay: true });
    client.setNoDelay(true);
    client.pipe(server);
    const count = messageReader((type, message) => {
      if (type === READY_FOR_QUERY) counts.roundTrips += 1;
      if (type === COMMAND_COMPLETE) add(counts.statements, verbOf(message));
    });
    server.on('data', (chunk) => {
      count(chunk);
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ]) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: Object.assign(new URL(target), { hostname: '127.0.0.1', port: proxy.address().port }).href,
    /** The counts since the last call. */
    take() {
      const taken = { roundTrips: counts.roundTrips, statements: Object.fromEntries(counts.statements) };
      counts.roundTrips = 0;
      counts.statements.clear();
      return taken;
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(resolve));
    },
  };
}

const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const COMMAND_COMPLETE = 'C'.charCodeAt(0);

/** Cuts the server's stream into messages: one byte of type, four of length (its own included), then the rest. */
function messageReader(onMessage) {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length ? Buffer.concat([pending, chunk]) : chunk;
    while (pending.length >= 5) {
      const end = 1 + pending.readUInt32BE(1);
      if (pending.length < end) return;
      onMessage(pending[0], pending.subarray(5, end));
      pending = pending.subarray(end);
    }
  };
}

/** The first word of a command tag such as `UPDATE 1`. */
function verbOf(tag) {
  return tag.latin1Slice(0, tag.length - 1).split(' ')[0];
}

function add(counts, name) {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
