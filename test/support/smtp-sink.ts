import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { signingKey } from './certificates';

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire, header and body. */
  readonly source: string;
  readonly user: string | null;
  readonly overTls: boolean;
}

export const SMTP_USER = { name: 'gatehouse', password: 'p4ss/w:rd@' };

/** A mail server of its own, with STARTTLS and credentials as real ones want them. It keeps what it takes. */
export class SmtpSink {
  readonly mails: TakenMail[] = [];
  /** What every recipient is answered with while it is set. */
  refusal: { readonly code: number; readonly text: string } | undefined;
  /** While it is set, recipients are answered only when it is kept. */
  holding: Promise<void> | undefined;
  private server: SMTPServer | undefined;

  constructor(private readonly options: SMTPServerOptions = {}) {}

  /** Listens on a port that stays the same over stop() and start(). */
  async start(port = 0): Promise<number> {
    const { privateKey, certificate } = signingKey({ commonName: 'localhost' });
    const server = new SMTPServer({
      key: privateKey,
      cert: certificate,
      authMethods: ['PLAIN', 'LOGIN'],
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 500,
      onAuth: ({ username, password }, _, done) =>
        username === SMTP_USER.name && password === SMTP_USER.password
          ? done(null, { user: username })
          : done(new Error('wrong credentials')),
      onRcptTo: (_address, _session, done) => {
        void Promise.resolve(this.holding).then(() => {
          const { refusal } = this;
          done(refusal ? Object.assign(new Error(refusal.text), { responseCode: refusal.code }) : null);
        });
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          this.mails.push({
            from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
            to: session.envelope.rcptTo.map(({ address }) => address),
            source: Buffer.concat(chunks).toString('utf8'),
            user: session.user ?? null,
            overTls: session.secure,
          });
          done(null);
        });
      },
      ...this.options,
    });
    // A client that does not trust the certificate hangs up, which is none of the server's business.
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.server = server;
    return (server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
    this.server = undefined;
  }

  to(address: string): TakenMail[] {
    return this.mails.filter(({ to }) => to.includes(address));
  }

  /** SMTP_URL for it. Its certificate is its own, so trust has to be given up for the test. */
  static url(
    port: number,
    { user = SMTP_USER.name, password = SMTP_USER.password, trust = true } = {},
  ): string {
    const credentials = user && `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
    return `smtp://${credentials}127.0.0.1:${port}/${trust ? '?tls.rejectUnauthorized=false' : ''}`;
  }
}

/** The header of a mail, unfolded, by name in lower case; and its decoded parts by content type. */
export function readMail({ source }: TakenMail): {
  headers: ReadonlyMap<string, string>;
  parts: ReadonlyMap<string, string>;
} {
  const [head = '', body = ''] = split(source);
  const headers = headersOf(head);
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1];
  const parts = new Map<string, string>();
  for (const part of boundary ? body.split(`--${boundary}`).slice(1, -1) : []) {
    const [partHead = '', partBody = ''] = split(part.replace(/^\r\n/, ''));
    const partHeaders = headersOf(partHead);
    const [type] = (partHeaders.get('content-type') ?? '').split(';');
    parts.set(type!, decoded(partBody, partHeaders.get('content-transfer-encoding')));
  }
  return { headers, parts };
}

function split(text: string): string[] {
  const at = text.indexOf('\r\n\r\n');
  return [text.slice(0, at), text.slice(at + 4)];
}

function headersOf(head: string): Map<string, string> {
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
}

function decoded(body: string, encoding = '7bit'): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
