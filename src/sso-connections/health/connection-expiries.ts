import { X509Certificate } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_MS } from '../../config/durations';
import { Database } from '../../database/database';
import { type ExpirySource, Expiries, type Watched } from '../../expiries/expiries';
import { diagnosisOf } from '../diagnosis/diagnosis-of';
import { FOR_PEOPLE } from '../refresh/refusals-for-people';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly certificates: string[] | null;
  readonly metadata_certificates: string[] | null;
  readonly keys: { id: string; certificate: string }[] | null;
  readonly client_secret_expires_at: Date | null;
  readonly failures: number;
  readonly last_succeeded_at: Date | null;
  readonly error: string | null;
  readonly tested: boolean;
}

/** So many failures in a row are no hiccup. */
const FAILURES = 3;

/** From here on an end is worth a word. */
const NOTICED_MS = 60 * DAY_MS;

/** What connections depend on: the provider's certificates, our keys, client secrets, and metadata that can be read. */
@Injectable()
export class ConnectionExpiries implements ExpirySource, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly expiries: Expiries,
  ) {}

  onModuleInit(): void {
    this.expiries.add(this);
  }

  async watched(now: Date): Promise<Watched[]> {
    const rows = await this.database.query<Row>(
      `select c.id, c.name, c.status, s.certificates, s.metadata_certificates, o.client_secret_expires_at,
              r.last_succeeded_at, r.error, coalesce(r.failures, 0) as failures,
              (select json_agg(json_build_object('id', k.id, 'certificate', k.certificate) order by k.id)
                 from connection_keys k where k.connection_id = c.id and k.state <> 'retiring') as keys,
              exists (select from connection_revisions v where v.connection_id = c.id and v.number = c.revision
                       and v.tested_at is not null) as tested
         from sso_connections c
         left join saml_settings s on s.connection_id = c.id
         left join oidc_settings o on o.connection_id = c.id
         left join provider_refreshes r on r.connection_id = c.id
        where c.status <> 'disabled' order by c.id`,
    );
    return rows.flatMap((row) => [
      ...certificatesOf(row, now),
      ...metadataCertificatesOf(row),
      ...keysOf(row),
      ...clientSecretOf(row),
      ...refreshOf(row),
      ...revisionOf(row),
    ]);
  }
}

const subjectOf = ({ id, name }: Row) => ({ type: 'sso_connection', id, name });

function certificatesOf(row: Row, now: Date): Watched[] {
  const read = (row.certificates ?? []).map((pem) => new X509Certificate(pem));
  const last = Math.max(...read.map(({ validTo }) => Date.parse(validTo)));
  return read.map(({ fingerprint256, validTo }) => {
    const expiresAt = new Date(validTo);
    const isOutlived = expiresAt.getTime() < last;
    return {
      ...{ kind: 'idp_certificate', subject: subjectOf(row), part: fingerprint256, expiresAt },
      what: `A certificate (SHA-256 ${fingerprint256.slice(0, 23)}…) of the identity provider of ${row.name}`,
      action: isOutlived
        ? 'The connection knows one that lasts longer: see that the identity provider signs with it.'
        : 'Sign-ins go on while the identity provider signs with it, past that day too. Ask there for the next one, and add it before it signs with that.',
      // Nothing stops working with one of several.
      ...(isOutlived && expiresAt.getTime() - now.getTime() < NOTICED_MS && { severity: 'notice' as const }),
    };
  });
}

/** Its dates do not count, but whoever signs with it will change over to the next one by then. */
function metadataCertificatesOf(row: Row): Watched[] {
  return (row.metadata_certificates ?? []).map((pem) => {
    const { fingerprint256, validTo } = new X509Certificate(pem);
    return {
      ...{ kind: 'metadata_certificate', subject: subjectOf(row), part: fingerprint256 },
      expiresAt: new Date(validTo),
      what: `A certificate (SHA-256 ${fingerprint256.slice(0, 23)}…) that the metadata of ${row.name} is signed by`,
      action: 'Ask whoever publishes the metadata for the next one, and add it before it is signed by that.',
    };
  });
}

function keysOf(row: Row): Watched[] {
  return (row.keys ?? []).map(({ id, certificate }) => ({
    kind: 'sp_key',
    subject: { type: 'connection_key', id, name: row.name, connectionId: row.id },
    expiresAt: new Date(new X509Certificate(certificate).validTo),
    what: `Our own key for ${row.name}`,
    action: 'Publish the next key, let the identity provider read it, then activate it.',
  }));
}

function clientSecretOf(row: Row): Watched[] {
  if (!row.client_secret_expires_at) return [];
  return [
    {
      ...{ kind: 'client_secret', subject: subjectOf(row), expiresAt: row.client_secret_expires_at },
      what: `The client secret of ${row.name}`,
      action: 'Make a new one at the provider and enter it here, with its date.',
    },
  ];
}

function refreshOf(row: Row): Watched[] {
  const known = {
    ...{ kind: 'metadata_refresh', subject: subjectOf(row), expiresAt: null },
    severity: 'warning' as const,
  };
  const error = row.error ?? '';
  const [code = ''] = error.split(':', 1);
  const occasion = row.last_succeeded_at?.toISOString() ?? 'never';
  if (row.failures > 0 && code === 'refresh_taken_back')
    return [
      {
        ...known,
        what: `What the identity provider of ${row.name} says about itself kept people out and was taken back; it still says the same.`,
        action: diagnosisOf(code).hint,
        occasion,
      },
    ];
  if (row.failures > 0 && FOR_PEOPLE.has(code))
    return [
      {
        ...known,
        severity: 'critical',
        toldElsewhere: true,
        what: `What the identity provider of ${row.name} says about itself was refused, and nothing of it taken over: ${error}`,
        action:
          'Ask the administrator of the identity provider whether it is meant. If so, set the connection up again.',
      },
    ];
  if (row.failures < FAILURES) return [];
  return [
    {
      ...known,
      what: `What the identity provider of ${row.name} says about itself could not be read ${row.failures} times: ${error}`,
      action: 'See that its address is right and answers; new certificates are missed until it does.',
      occasion,
    },
  ];
}

function revisionOf(row: Row): Watched[] {
  if (row.status !== 'active' || row.tested) return [];
  return [
    {
      ...{ kind: 'untested_revision', subject: subjectOf(row), expiresAt: null, severity: 'notice' },
      what: `${row.name} is in use by settings that no test has passed.`,
      action: 'Run a test sign-in.',
    },
  ];
}
