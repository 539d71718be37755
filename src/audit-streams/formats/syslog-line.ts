import type { Risk } from '../../audit/audit-event';
import type { ReadableEvent } from '../../audit/seals/sealed-entries.service';

/** "Log audit" (RFC 5424 section 6.2.1). */
const FACILITY = 13;
const SEVERITIES: Readonly<Record<Risk, number>> = { low: 6, medium: 5, high: 4, critical: 2 };

/**
 * A syslog message (RFC 5424) in the frame by which it travels over TLS: its length in octets, a space, and the
 * message (RFC 5425 section 4.3). The message id is the type of the event.
 * @param hostname who sends it
 */
export function syslogFrame(
  event: Pick<ReadableEvent, 'time' | 'type' | 'risk'>,
  message: string,
  hostname: string,
): Buffer {
  const priority = FACILITY * 8 + SEVERITIES[event.risk];
  const header = [
    `<${priority}>1`,
    event.time,
    printable(hostname, 255),
    'gatehouse',
    '-',
    printable(event.type, 32),
    '[origin software="Gatehouse"]',
  ].join(' ');
  const content = Buffer.from(`${header} ${message}`);
  return Buffer.concat([Buffer.from(`${content.length} `), content]);
}

/** PRINTUSASCII, at most so many; `-` where nothing is left. */
const printable = (text: string, most: number): string =>
  text.replace(/[^\u0021-\u007e]/g, '').slice(0, most) || '-';
