import type { LookupAddress } from 'node:dns';
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OutboundFailed } from './outbound.errors';

/** Bytes for a receiver that reads and answers nothing. */
export interface OutboundDelivery {
  readonly host: string;
  readonly port: number;
  readonly content: Buffer;
  /** Undefined: without TLS, which only the operator can allow. PEM texts. */
  readonly tls?:
    | {
        readonly ca?: string | undefined;
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
      }
    | undefined;
  /** For everything together; 15 s unless told. */
  readonly timeoutMs?: number;
}

/** How long a receiver may take to close once it has everything. */
const PARTING_MS = 3_000;
/** Between the last byte and saying that it was the last. */
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 1_000];

/**
 * Connects, writes, pauses, says that this was all, and waits until the other side has closed as well: then it has
 * read everything. The pause is longer than a way there and back, so that a receiver that closes instead of reading is
 * heard before, and fails. One that takes everything and does not close counts as having read it. Throws
 * OutboundFailed.
 */
export function deliverOver(
  delivery: OutboundDelivery,
  lookup: LookupFunction,
  deadline: AbortSignal,
): Promise<void> {
  const begun = Date.now();
  const socket = connected(delivery, lookup);
  return new Promise((resolve, reject) => {
    let isSaid = false;
    let timer: NodeJS.Timeout | undefined;
    const end = (failure?: OutboundFailed): void => {
      clearTimeout(timer);
      deadline.removeEventListener('abort', giveUp);
      socket.destroy();
      if (failure) reject(failure);
      else resolve();
    };
    const giveUp = (): void => end(new OutboundFailed('timeout'));
    const closed = (): void => end(isSaid ? undefined : new OutboundFailed('unreachable'));
    const sayEnd = (): void => {
      isSaid = true;
      socket.end();
      timer = setTimeout(() => end(), PARTING_MS);
    };
    deadline.addEventListener('abort', giveUp, { once: true });
    socket.once('error', (error) => end(new OutboundFailed('unreachable', error)));
    socket.once('end', () => isSaid || closed());
    socket.once('close', closed);
    socket.resume();
    socket.once(delivery.tls ? 'secureConnect' : 'connect', () => {
      const pause = Math.min(Math.max(Date.now() - begun, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
      socket.write(delivery.content, () => (timer = setTimeout(sayEnd, pause)));
    });
  });
}

function connected({ host, port, tls }: OutboundDelivery, lookup: LookupFunction): Socket {
  const where = { host, port, lookup, autoSelectFamily: true };
  if (!tls) return connectPlain(where);
  return connectTls({
    ...where,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert, key: tls.key }),
    ...(isIP(host) ? {} : { servername: host }),
    minVersion: 'TLSv1.2',
  });
}

/** Stands in for DNS when a socket connects: the addresses that were checked, and nothing else. */
export function answering(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (options.all) done(null, [...addresses]);
    else done(null, first!.address, first!.family);
  };
}
