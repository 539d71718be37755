import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/** For one try at one server; the second and last takes twice as long. */
const TIMEOUT_MS = 1_000;
const TRIES = 2;

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Names that mean this machine, whatever DNS says (RFC 6761 section 6.3). */
export const isThisMachine = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');

/**
 * Finds the addresses of hosts that somebody else named. The system's own look-up runs two or so at a time for the
 * whole process, so that two names whose servers never answer would hold up everybody; here DNS is asked directly,
 * for any number of names at once. What the system adds to DNS (search domains, other sources of names) is left to
 * the hosts that the operator named.
 */
export class HostNames {
  constructor(private readonly hostsFile = '/etc/hosts') {}

  /** As the system knows it, whatever that takes. */
  ofOperator(host: string): Promise<LookupAddress[]> {
    return lookup(host, { all: true, verbatim: true });
  }

  /**
   * The hosts file first, then DNS. None: the name does not exist. Gives up when `deadline` comes.
   * @param host lower case, without a dot at the end
   * @throws the error of DNS when neither question was answered
   */
  async ofAnybody(host: string, deadline: AbortSignal): Promise<LookupAddress[]> {
    const listed = await this.listed(host);
    if (listed.length > 0) return listed;
    return isThisMachine(host) ? [...LOOPBACK] : this.ask(host, deadline);
  }

  /** Where DNS is asked: by the servers of the system. */
  protected resolver(): Resolver {
    return new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  }

  private async ask(host: string, deadline: AbortSignal): Promise<LookupAddress[]> {
    const resolver = this.resolver();
    const giveUp = () => resolver.cancel();
    deadline.addEventListener('abort', giveUp, { once: true });
    try {
      const questions = [resolver.resolve4(host), resolver.resolve6(host)];
      // It may have come while the hosts file was read: then no listener hears of it.
      if (deadline.aborted) giveUp();
      const answers = await Promise.allSettled(questions);
      const found = answers.flatMap((answer, index) =>
        answer.status === 'fulfilled'
          ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
          : [],
      );
      const [failure] = answers.filter((answer) => answer.status === 'rejected');
      if (found.length === 0 && failure) throw failure.reason;
      return found;
    } finally {
      deadline.removeEventListener('abort', giveUp);
    }
  }

  /** What the operator wrote into the hosts file (hosts(5)); read anew each time, as the system does. */
  private async listed(host: string): Promise<LookupAddress[]> {
    const text = await readFile(this.hostsFile, 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => {
      const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
      const family = isIP(address);
      return family !== 0 && names.some((name) => name.toLowerCase() === host) ? [{ address, family }] : [];
    });
  }
}
