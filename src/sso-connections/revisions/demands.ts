import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from './snapshot';

type Row = Readonly<Record<string, unknown>>;

/** A stricter condition for sign-ins: the columns that belong to it, and whether it is stricter than before. */
interface Demand {
  /** The name for administrators; missing when no sign-in can fail because of it. */
  readonly name?: string;
  readonly columns: readonly string[];
  isStricter(is: Row, was: Row): boolean;
}

/** The settings that a rollback would restore, and the names of the current demands that it keeps. */
export interface Return {
  readonly snapshot: Snapshot;
  readonly kept: readonly string[];
}

const SAML_DEMANDS: readonly Demand[] = [
  // The certificates that must have signed the metadata.
  { columns: ['metadata_certificates'], isStricter: () => true },
  { name: 'both signatures', columns: ['signed'], isStricter: ({ signed }) => signed === 'both' },
  {
    name: 'better encryption',
    columns: ['allow_weak_encryption'],
    isStricter: ({ allow_weak_encryption: weak }) => weak === false,
  },
  {
    name: 'no sign-in that the identity provider begins',
    columns: ['allow_idp_initiated'],
    isStricter: ({ allow_idp_initiated: may }) => may === false,
  },
  {
    name: 'that people sign in anew',
    columns: ['force_authn'],
    isStricter: ({ force_authn: force }) => force === true,
  },
  {
    name: 'a way of signing in',
    columns: ['requested_authn_context'],
    isStricter: ({ requested_authn_context: context }) => context !== null,
  },
];

const OIDC_DEMANDS: readonly Demand[] = [
  {
    name: 'a way of signing in',
    columns: ['acr_required', 'acr_values'],
    isStricter: ({ acr_required: required }) => required === true,
  },
  {
    name: 'a recent sign-in',
    columns: ['max_age'],
    isStricter: ({ max_age: is }, { max_age: was }) =>
      is !== null && (is as number) < ((was as number | null) ?? Infinity),
  },
  {
    // Without one, every Google account may sign in.
    name: 'an organisation at Google',
    columns: ['hosted_domain'],
    isStricter: ({ hosted_domain: is }, { hosted_domain: was }) => is !== null && (was ?? null) === null,
  },
];

/**
 * Earlier settings with all stricter demands of the current ones. A rollback must not lift a security demand because
 * people fail it: an attacker with a few accounts that do not meet the demand could otherwise cause that.
 * @param withdrawn the result of `withdrawnSince`
 */
export function asStrictAs(live: Snapshot, earlier: Snapshot, withdrawn: ReadonlySet<string>): Return {
  const trusted = withoutWithdrawn(live.saml, earlier.saml, withdrawn);
  const saml = withDemands(SAML_DEMANDS, live.saml, trusted);
  const oidc = withDemands(OIDC_DEMANDS, live.oidc, earlier.oidc);
  const fewer = trusted === earlier.saml ? [] : ['fewer certificates'];
  return {
    snapshot: { connection: earlier.connection, saml: saml.row, oidc: oidc.row },
    kept: [...fewer, ...saml.kept, ...oidc.kept],
  };
}

/**
 * The certificates that were removed on purpose, from the lists of each revision since the last good one: those
 * removed while another one stayed, in a single change or over all changes. When all were replaced at once the new
 * ones may be a mistake, so none counts as removed on purpose.
 */
export function withdrawnSince(lists: readonly (readonly string[])[]): Set<string> {
  const live = lists.at(-1) ?? [];
  const changes = lists.map((is, at) => [lists[at - 1] ?? [], is] as const);
  const withdrawn = new Set<string>();
  for (const [was, is] of [...changes, [lists[0] ?? [], live] as const]) {
    const gone = was.filter((pem) => !is.includes(pem));
    if (gone.length < was.length) gone.forEach((pem) => withdrawn.add(pem));
    is.forEach((pem) => withdrawn.delete(pem));
  }
  return withdrawn;
}

/** Whether sign-ins have the same result under both settings. */
export const signsInAlike = (one: Snapshot, other: Snapshot): boolean =>
  isDeepStrictEqual(withoutUnseen(one), withoutUnseen(other));

/** Without the fields that do not affect sign-ins. */
function withoutUnseen({ connection, saml, oidc }: Snapshot): Snapshot {
  const { name: _, provider: __, ...seen } = connection;
  return {
    connection: seen,
    saml: saml && { ...saml, metadata_url: null, metadata_certificates: null },
    oidc,
  };
}

/** The metadata URL stays the current one too: reading the old URL again would bring a removed key back. */
function withoutWithdrawn(live: Row | null, earlier: Row | null, withdrawn: ReadonlySet<string>): Row | null {
  if (!live || !earlier) return earlier;
  const known = earlier.certificates as readonly string[];
  const left = known.filter((pem) => !withdrawn.has(pem));
  if (left.length === known.length) return earlier;
  const certificates = left.length > 0 ? left : (live.certificates as readonly string[]);
  return { ...earlier, certificates, metadata_url: live.metadata_url };
}

/** Adds the current demands; `kept` names those that the earlier settings lack. */
function withDemands(
  demands: readonly Demand[],
  live: Row | null,
  earlier: Row | null,
): { readonly row: Row | null; readonly kept: readonly string[] } {
  if (!live || !earlier) return { row: earlier, kept: [] };
  const stricter = demands.filter(({ isStricter }) => isStricter(live, earlier));
  const columns = stricter.flatMap((demand) =>
    demand.columns.map((column) => [column, live[column]] as const),
  );
  const isNew = ({ columns }: Demand) =>
    columns.some((name) => !isDeepStrictEqual(live[name], earlier[name]));
  return {
    row: { ...earlier, ...Object.fromEntries(columns) },
    kept: stricter.filter(isNew).flatMap(({ name }) => name ?? []),
  };
}
