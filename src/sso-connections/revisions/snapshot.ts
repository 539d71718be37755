import { X509Certificate } from 'node:crypto';

type Row = Readonly<Record<string, unknown>>;

/** The rows of a connection as JSON, with their columns' names, so that a new column is covered the day it is added. */
export interface Snapshot {
  readonly connection: Row;
  readonly saml: Row | null;
  readonly oidc: Row | null;
}

/** The fields that differ, as they were and as they are; never a secret. */
export interface Difference {
  readonly before: Row;
  readonly after: Row;
  readonly clientSecret?: 'replaced';
}

/** Columns that are no settings, and so no part of a revision: what the row is, and its state. */
export const NO_SETTINGS = {
  sso_connections: [
    ...['workspace_id', 'id', 'type', 'status', 'revision', 'proven_revision', 'created_at', 'updated_at'],
  ],
  saml_settings: ['workspace_id', 'connection_id'],
  oidc_settings: ['workspace_id', 'connection_id'],
} as const;

export type SettingsTable = keyof typeof NO_SETTINGS;

const CERTIFICATES: readonly string[] = ['certificates', 'metadata_certificates'];

/** What may be shown of a snapshot: camelCase names, fingerprints in place of certificates, no secret. */
export function shown({ connection, saml, oidc }: Snapshot): Record<string, unknown> {
  const { client_secret_id: _, ...client } = oidc ?? {};
  const provider = Object.entries(saml ?? {}).map(([name, value]): [string, unknown] => [
    name,
    CERTIFICATES.includes(name) ? fingerprints(value) : value,
  ]);
  const entries = [...Object.entries(connection), ...provider, ...Object.entries(client)];
  return Object.fromEntries(entries.map(([name, value]) => [camelCase(name), value]));
}

export const fingerprints = (pems: unknown): string[] =>
  Array.isArray(pems) ? (pems as string[]).map((pem) => new X509Certificate(pem).fingerprint256) : [];

/** What changed from one snapshot to the next. */
export function differenceOf(before: Snapshot, after: Snapshot): Difference {
  const [was, is] = [shown(before), shown(after)];
  const changed = Object.keys(is).filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]));
  const pick = (from: Row) =>
    Object.fromEntries(changed.filter((key) => key in from).map((key) => [key, from[key]]));
  const replaced = (before.oidc?.client_secret_id ?? null) !== (after.oidc?.client_secret_id ?? null);
  return { before: pick(was), after: pick(is), ...(replaced && { clientSecret: 'replaced' as const }) };
}

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
