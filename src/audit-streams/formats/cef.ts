import type { Risk } from '../../audit/audit-event';
import type { SealedEntry } from '../../audit/seals/sealed-entries.service';
import { meaningOf } from './meaning';

/** What a receiver stores of a custom string (cs1 to cs6), and of any other text: what is longer it cuts, or refuses. */
const CUSTOM_STRING = { name: /^cs\d$/, longest: 4_000 };
const LONGEST = 1_023;

const SEVERITIES: Readonly<Record<Risk, number>> = { low: 3, medium: 5, high: 8, critical: 10 };

/** An event in the ArcSight Common Event Format, version 0: one line, without its end. */
export function cefOf({ event, seal, position, erased }: SealedEntry): string {
  const { type, risk, actor, target } = event;
  const header = ['Gatehouse', 'Gatehouse', '1', type, meaningOf(type), String(SEVERITIES[risk])];
  const extension: readonly (readonly [key: string, value: string | null | undefined])[] = [
    ['rt', String(Date.parse(event.time))],
    ['externalId', event.id],
    ['cat', type.split('.')[0]],
    ['suid', actor.id],
    ['suser', actor.email],
    ['sourceServiceName', actor.type],
    ...addressOf(event.ip),
    ['requestClientApplication', event.userAgent],
    ['duid', target?.id],
    ...labelled(1, 'targetType', target?.type),
    ...labelled(2, 'workspaceId', event.workspaceId),
    ...labelled(3, 'requestId', event.requestId),
    ...labelled(4, 'data', Object.keys(event.data).length > 0 ? JSON.stringify(event.data) : undefined),
    ...labelled(5, 'erased', erased ? 'true' : undefined),
    ['cn1Label', 'seal'],
    ['cn1', String(seal)],
    ['cn2Label', 'position'],
    ['cn2', String(position)],
  ];
  const pairs = extension
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${cut(inExtension(value!), longestOf(key))}`);
  return `CEF:0|${header.map(inHeader).join('|')}|${pairs.join(' ')}`;
}

/** `src` is an IPv4 address by definition; version 6 has a field of its own. */
function addressOf(ip: string | null): [string, string][] {
  if (ip === null) return [];
  return ip.includes(':')
    ? [
        ['c6a2Label', 'Source IPv6 Address'],
        ['c6a2', ip],
      ]
    : [['src', ip]];
}

function labelled(place: number, label: string, value: string | null | undefined): [string, string][] {
  if (value === null || value === undefined) return [];
  return [
    [`cs${place}Label`, label],
    [`cs${place}`, value],
  ];
}

const longestOf = (key: string): number => (CUSTOM_STRING.name.test(key) ? CUSTOM_STRING.longest : LONGEST);

/** Ends with an ellipsis when something is missing; an escape sequence or a surrogate pair is there whole or not at all. */
function cut(escaped: string, longest: number): string {
  if (escaped.length <= longest) return escaped;
  const kept = escaped.slice(0, longest - 1);
  const backslashes = /\\*$/.exec(kept)![0].length;
  const half = backslashes % 2 === 1 || /[\ud800-\udbff]$/.test(kept);
  return `${half ? kept.slice(0, -1) : kept}…`;
}

/** A line break in the header would end the event, and a bar the field. */
const inHeader = (text: string): string =>
  text.replace(/[\\|]/g, '\\$&').replace(/[\r\n\u2028\u2029]+/g, ' ');

const inExtension = (text: string): string =>
  text
    .replace(/[\\=]/g, '\\$&')
    .replace(/\r\n|[\n\u2028\u2029]/g, '\\n')
    .replaceAll('\r', '\\r')
    // What else controls a terminal or ends a line somewhere.
    .replace(/[\u0000-\u001f\u007f\u0085]/g, ' ');
