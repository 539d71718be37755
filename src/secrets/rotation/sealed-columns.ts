/** Where something stands that the encryption key of the installation sealed. */
export interface SealedColumn {
  readonly table: string;
  /** The sealed text, in SQL. */
  readonly value: string;
  /** What puts another text ($3) in its place, in SQL. */
  readonly assignment: string;
  /** The column that names the row, which is its key. */
  readonly id: string;
  readonly type: 'uuid' | 'text';
  /** The column that the context is made of. */
  readonly named: string;
  /** Whether its rows belong to workspaces. */
  readonly confined: boolean;
  readonly context: (workspaceId: string, name: string) => string;
}

type Simple = Pick<SealedColumn, 'table' | 'confined' | 'context'> & {
  readonly column: string;
  readonly value?: string;
  readonly id?: string;
  readonly named?: string;
};

const column = ({ column, value = column, id = 'id', named = id, ...others }: Simple): SealedColumn => ({
  ...{ ...others, value, id, type: id === 'id' ? 'uuid' : 'text', named },
  assignment: `${column} = $3`,
});

/** ID tokens kept for the one purpose of signing people out at their provider. */
const idTokenOf = (table: string): SealedColumn => ({
  table,
  value: `logout_hint->>'idToken'`,
  assignment: `logout_hint = jsonb_set(logout_hint, '{idToken}', to_jsonb($3::text))`,
  id: 'id',
  type: 'uuid',
  named: 'connection_id',
  confined: true,
  context: (_, connectionId) => `sessions|id_token|${connectionId}`,
});

/**
 * All columns encrypted directly with ENCRYPTION_KEY, to be re-encrypted when it changes. Not columns under data keys
 * (secrets), nor values kept outside the database for minutes. test/e2e/secret-rotation finds missing ones.
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  column({
    table: 'installation_keys',
    column: 'sealed_key',
    id: 'name',
    confined: false,
    context: (_, name) => `installation_keys|${name}`,
  }),
  column({
    table: 'signing_keys',
    column: 'sealed_private_jwk',
    // Of a key that signs no more it is empty.
    value: `nullif(sealed_private_jwk, '')`,
    id: 'kid',
    confined: false,
    context: (_, kid) => `signing_keys|${kid}`,
  }),
  column({
    table: 'audit_signing_keys',
    column: 'sealed_private_key',
    id: 'key_id',
    confined: false,
    context: (_, keyId) => `audit_signing_keys|${keyId}`,
  }),
  column({
    table: 'data_keys',
    column: 'wrapped',
    confined: true,
    context: (workspaceId, id) => `data_keys|${workspaceId}|${id}`,
  }),
  column({
    table: 'audit_people',
    column: 'sealed_key',
    confined: true,
    context: (workspaceId, id) => `audit_people|${workspaceId}|${id}`,
  }),
  column({
    table: 'sign_in_requests',
    column: 'sealed_code_verifier',
    confined: true,
    context: (_, id) => `sign_in_requests|${id}`,
  }),
  column({
    table: 'mails',
    column: 'sealed',
    named: 'about_id',
    confined: true,
    context: (workspaceId, aboutId) => `mails|${workspaceId}|${aboutId}`,
  }),
  idTokenOf('sessions'),
  idTokenOf('sign_in_codes'),
  idTokenOf('mfa_challenges'),
];
