import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type FieldError, ValidationFailed } from '../http/problems';
import type { OutboundTarget } from '../outbound/outbound.client';
import type { AuditStream, StreamType } from './audit-stream.entity';
import type { ReceiverDto } from './receiver.dto';
import type { StreamSecret } from './stream-secrets.service';

/** What a stream says about its receiver, in columns. */
export type Receiver = Pick<
  AuditStream,
  | 'name'
  | 'format'
  | 'url'
  | 'encoding'
  | 'host'
  | 'port'
  | 'plaintext'
  | 'ca'
  | 'clientCertificate'
  | 'filterTypes'
  | 'filterRisks'
>;

const SYSLOG_TLS_PORT = 6514;
const OF_WEBHOOKS = ['url', 'encoding', 'authorization'] as const;
const OF_SYSLOG = ['host', 'port', 'plaintext', 'ca', 'clientCertificate', 'clientKey'] as const;

/** What a new stream sends to. Throws 400 `validation_failed` naming each field that is missing or out of place. */
export function receiverOf(type: StreamType, input: ReceiverDto): Receiver {
  const needed = type === 'webhook' ? 'url' : 'host';
  if (input[needed] === undefined) {
    throw new ValidationFailed([{ field: needed, message: `A stream of type ${type} needs it.` }]);
  }
  return changedReceiver(type, input, {
    name: '',
    format: 'gatehouse',
    url: null,
    encoding: 'ndjson',
    host: null,
    port: type === 'syslog' ? SYSLOG_TLS_PORT : null,
    plaintext: false,
    ca: null,
    clientCertificate: null,
    filterTypes: [],
    filterRisks: [],
  });
}

/** What a stream sends to from now on: what is left out stays. Throws as receiverOf. */
export function changedReceiver(type: StreamType, input: ReceiverDto, before: Receiver): Receiver {
  refuseFieldsOf(type, input);
  const after: Receiver = {
    name: input.name ?? before.name,
    format: input.format ?? before.format,
    url: input.url ?? before.url,
    encoding: input.encoding ?? before.encoding,
    host: input.host ?? before.host,
    port: input.port ?? before.port,
    plaintext: input.plaintext ?? before.plaintext,
    ca: input.ca === undefined ? before.ca : input.ca,
    clientCertificate:
      input.clientCertificate === undefined ? before.clientCertificate : input.clientCertificate,
    filterTypes: input.filter?.types ?? before.filterTypes,
    filterRisks: input.filter?.risks ?? before.filterRisks,
  };
  refuseWrong(input, after);
  return after.name === '' ? { ...after, name: hostOf(after) } : after;
}

/** The secrets a change leads to. */
export function changedSecret(input: ReceiverDto, before: StreamSecret): StreamSecret {
  const { authorization, clientKey } = input;
  const after = {
    ...before,
    ...(authorization !== undefined && { authorization: authorization ?? undefined }),
    ...(clientKey !== undefined && { clientKey: clientKey ?? undefined }),
  };
  return JSON.parse(JSON.stringify(after)) as StreamSecret;
}

/** Where it goes, for the check of the address. */
export function targetOf({ url, host, port, plaintext }: Receiver): string | OutboundTarget {
  return url ?? { protocol: plaintext ? 'tcp:' : 'tls:', host: host!, port: port! };
}

/** A certificate and a key are shown together. Throws 400 `validation_failed`. */
export function refuseUnpaired({ clientCertificate }: Receiver, { clientKey }: StreamSecret): void {
  if ((clientCertificate === null) !== (clientKey === undefined)) {
    throw new ValidationFailed([
      { field: 'clientKey', message: 'A client certificate and its private key are given together.' },
    ]);
  }
  if (clientCertificate === null) return;
  const key = keyOf(clientKey!);
  if (!key || !new X509Certificate(clientCertificate).checkPrivateKey(key)) {
    throw new ValidationFailed([
      { field: 'clientKey', message: 'It is not the private key of the client certificate.' },
    ]);
  }
}

/**
 * What was given for one host is not told to another: whoever may change a stream could read it there. Throws 400
 * `validation_failed`.
 */
export function refuseCarriedOver(
  { url, authorization }: ReceiverDto,
  before: Pick<Receiver, 'url'>,
  kept: StreamSecret,
): void {
  if (url === undefined || authorization !== undefined || kept.authorization === undefined) return;
  if (new URL(url).origin === new URL(before.url!).origin) return;
  throw new ValidationFailed([
    {
      field: 'authorization',
      message: 'It was given for another host. Give it again, or null, together with the url.',
    },
  ]);
}

/** What is in a query may be a password, also where it has no name. */
export function shownUrl(text: string): string {
  const url = new URL(text);
  const parts = url.search.slice(1).split('&').filter(Boolean);
  url.search = parts.map((part) => (part.includes('=') ? part.replace(/=.*/, '=***') : '***')).join('&');
  url.hash = '';
  return url.href;
}

function refuseFieldsOf(type: StreamType, input: ReceiverDto): void {
  const foreign = type === 'webhook' ? OF_SYSLOG : OF_WEBHOOKS;
  const given = foreign.filter((field) => input[field] !== undefined && input[field] !== null);
  if (given.length === 0) return;
  throw new ValidationFailed(
    given.map((field) => ({ field, message: `A stream of type ${type} has no ${field}.` })),
  );
}

function refuseWrong(input: ReceiverDto, { url, ca, clientCertificate }: Receiver): void {
  const wrong: FieldError[] = [];
  if (input.url !== undefined && !isWebUrl(url!)) {
    wrong.push({ field: 'url', message: 'It must be an https URL without user and password.' });
  }
  for (const [field, pem] of Object.entries({ ca, clientCertificate })) {
    if (pem !== null && !isCertificate(pem))
      wrong.push({ field, message: 'It must be a certificate as PEM.' });
  }
  if (wrong.length > 0) throw new ValidationFailed(wrong);
}

/** Whether http will do is for the check of the address: the operator may have allowed the host. */
function isWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['https:', 'http:'].includes(protocol) && username === '' && password === '';
}

function isCertificate(pem: string): boolean {
  try {
    return pem.includes('-----BEGIN CERTIFICATE-----') && new X509Certificate(pem) !== undefined;
  } catch {
    return false;
  }
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const hostOf = ({ url, host }: Receiver): string => (url === null ? host! : new URL(url).hostname);
