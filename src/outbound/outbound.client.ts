import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Client, type Dispatcher } from 'undici';
import { Config } from '../config/config';
import { type AllowedTargets, canonicalHost, isNamed, mayReach, readAllowedTargets } from './address-policy';
import { HostNames, isThisMachine } from './host-names';
import { answering, deliverOver, type OutboundDelivery } from './outbound-delivery';
import { OutboundFailed, OutboundRefused } from './outbound.errors';

export interface OutboundRequest {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Longest answer that is read; 1 MiB unless told. */
  maxBytes?: number;
  /** The status is all that matters: whatever becomes of the body, the answer is an answer, and its body empty. */
  statusOnly?: boolean;
  /** For everything together: name, connection, handshake, question, answer. 5 s unless told. */
  timeoutMs?: number;
}

export interface OutboundResponse {
  status: number;
  /** By lower-case name; several of one name are joined by a comma. Cookies are left out. */
  headers: Record<string, string>;
  body: Buffer;
}

/** Where something would go, by scheme: `https:`, `http:`, or for what only writes `tls:` and `tcp:`. */
export interface OutboundTarget {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 5_000;
const DELIVERY_TIMEOUT_MS = 15_000;

/**
 * The only way out. Whoever configures a connection or a webhook chooses where requests go, so every request is
 * confined: the name is resolved once, each address it has is checked, and the connection is made to one of these
 * very addresses (a second look-up could answer differently). No redirect is followed and no cookie kept.
 *
 * A status of 3xx, 4xx or 5xx is an answer and is returned. Throws OutboundRefused when the destination is not
 * allowed and OutboundFailed when there is no usable answer.
 */
@Injectable()
export class OutboundClient {
  private readonly allowed: AllowedTargets;
  private readonly names = new HostNames();

  constructor(config: Config) {
    this.allowed = readAllowedTargets(config.outboundAllow);
  }

  async request({ timeoutMs = TIMEOUT_MS, ...request }: OutboundRequest): Promise<OutboundResponse> {
    const url = readUrl(request.url);
    return this.within(timeoutMs, async (deadline) =>
      exchange(url, await this.checkedAddresses(targetOf(url), deadline), request, deadline),
    );
  }

  /** Writes to a receiver that answers nothing, over TLS unless the operator allowed the host. */
  async deliver({ timeoutMs = DELIVERY_TIMEOUT_MS, ...delivery }: OutboundDelivery): Promise<void> {
    const { host, port, tls } = delivery;
    const target = { protocol: tls ? 'tls:' : 'tcp:', host: canonicalHost(host), port };
    await this.within(timeoutMs, async (deadline) =>
      deliverOver(delivery, answering(await this.checkedAddresses(target, deadline)), deadline),
    );
  }

  /** Whether something may go there, as far as it can be told now. Throws OutboundRefused, and OutboundFailed. */
  async check(where: string | OutboundTarget): Promise<void> {
    const target =
      typeof where === 'string' ? targetOf(readUrl(where)) : { ...where, host: canonicalHost(where.host) };
    await this.within(TIMEOUT_MS, (deadline) => this.checkedAddresses(target, deadline));
  }

  private async within<T>(timeoutMs: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      return await work(deadline);
    } catch (error) {
      if (error instanceof OutboundRefused || error instanceof OutboundFailed) throw error;
      throw new OutboundFailed(deadline.aborted ? 'timeout' : 'unreachable', error);
    }
  }

  /** One look-up, that cannot hold up any other unless the operator named the host. */
  protected resolve(host: string, deadline: AbortSignal): Promise<LookupAddress[]> {
    return isNamed(this.allowed, host) ? this.names.ofOperator(host) : this.names.ofAnybody(host, deadline);
  }

  private async checkedAddresses(target: OutboundTarget, deadline: AbortSignal): Promise<LookupAddress[]> {
    const { protocol, host, port } = target;
    const addresses = isIP(host)
      ? [{ address: host, family: isIP(host) }]
      : await beforeDeadline(this.resolve(host, deadline), deadline);

    if (addresses.length === 0) throw new OutboundFailed('unreachable');
    const isAllowed = ({ address }: LookupAddress) =>
      mayReach(this.allowed, protocol, { host, port, address });
    const allowed = addresses.filter(isAllowed);
    // One bad address condemns the host: which of them would be used is not ours to choose. The addresses of this
    // machine are chosen by nobody else.
    const isGood = isThisMachine(host) ? allowed.length > 0 : allowed.length === addresses.length;
    if (isGood) return allowed;
    const forbidden = addresses.find((address) => !isAllowed(address))!;
    throw new OutboundRefused(
      'address_not_allowed',
      `${protocol}//${host}:${port} is at ${forbidden.address}`,
    );
  }
}

function targetOf(url: URL): OutboundTarget {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return { protocol: url.protocol, host: canonicalHost(url.hostname), port };
}

/** `new URL` already turns every spelling of an IPv4 address (decimal, octal, hexadecimal, short) into dotted form. */
function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new OutboundRefused('url_not_allowed', 'not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutboundRefused('url_not_allowed', `scheme ${url.protocol}`);
  }
  if (url.username || url.password) throw new OutboundRefused('url_not_allowed', 'credentials in the URL');
  return url;
}

async function exchange(
  url: URL,
  addresses: LookupAddress[],
  { method = 'GET', headers, body, maxBytes = MAX_BYTES, statusOnly = false }: OutboundRequest,
  deadline: AbortSignal,
): Promise<OutboundResponse> {
  const client = new Client(url.origin, {
    connect: { lookup: answering(addresses), autoSelectFamily: true },
  });
  try {
    const answer = await client.request({
      method,
      path: url.pathname + url.search,
      headers: { 'user-agent': 'Gatehouse', ...headers, 'accept-encoding': 'identity' },
      body,
      signal: deadline,
    });
    const said = { status: answer.statusCode, headers: withoutCookies(answer.headers) };
    if (statusOnly) {
      // To its end all the same, where it has one: until then the other side may still be reading.
      await readAtMost(maxBytes, answer).catch(() => undefined);
      return { ...said, body: Buffer.alloc(0) };
    }
    const encoding = answer.headers['content-encoding'];
    if (encoding && encoding !== 'identity') throw new OutboundFailed('encoded');
    return { ...said, body: await readAtMost(maxBytes, answer) };
  } finally {
    // Ends the connection, and with it an answer that nobody wants to read to its end.
    await client.destroy();
  }
}

async function readAtMost(maxBytes: number, answer: Dispatcher.ResponseData): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new OutboundFailed('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function withoutCookies(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name, value]) => name !== 'set-cookie' && value !== undefined,
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, [value].flat().join(', ')]));
}

/** A look-up cannot be called off; it is left to itself once time is up. */
function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new OutboundFailed('timeout')), { once: true });
    work.then(resolve, reject);
  });
}
