import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from './snapshot';

type Row = Readonly<Record<string, unknown>>;

/** Settings that make a sign-in harder to pass: which columns go together, and whether they demand more than before. */
interface Demand {
  readonly columns: readonly string[];
  isStricter(is: Row, was: Row): boolean;
}

const SAML_DEMANDS: readonly Demand[] = [
  {
    // Where the description comes from stands with the keys, or reading it again would bring a key back.
    columns: ['certificates', 'metadata_url'],
    isStricter: ({ certificates: is }, { certificates: was }) => isLess(is as string[], was as string[]),
  },
  // Whom metadata has to be signed by: no sign-in fails because of it.
  { columns: ['metadata_certificates'], isStricter: () => true },
  { columns: ['signed'], isStricter: ({ signed }) => signed === 'both' },
  { columns: ['allow_weak_encryption'], isStricter: ({ allow_weak_encryption: weak }) => weak === false },
  { columns: ['allow_idp_initiated'], isStricter: ({ allow_idp_initiated: may }) => may === false },
  { columns: ['force_authn'], isStricter: ({ force_authn: force }) => force === true },
  {
    columns: ['requested_authn_context'],
    isStricter: ({ requested_authn_context: context }) => context !== null,
  },
];

const OIDC_DEMANDS: readonly Demand[] = [
  { columns: ['acr_required', 'acr_values'], isStricter: ({ acr_required: required }) => required === true },
  {
    columns: ['max_age'],
    isStricter: ({ max_age: is }, { max_age: was }) =>
      is !== null && (is as number) < ((was as number | null) ?? Infinity),
  },
  {
    // Without one, every account there is at Google comes in.
    columns: ['hosted_domain'],
    isStricter: ({ hosted_domain: is }, { hosted_domain: was }) => is !== null && (was ?? null) === null,
  },
];

/**
 * Earlier settings, as strict as those in force: what somebody demanded for safety is not taken back because people
 * fail it, or whoever has a few accounts that fall short of it would only have to try.
 */
export function asStrictAs(live: Snapshot, earlier: Snapshot): Snapshot {
  return {
    connection: earlier.connection,
    saml: withDemands(SAML_DEMANDS, live.saml, earlier.saml),
    oidc: withDemands(OIDC_DEMANDS, live.oidc, earlier.oidc),
  };
}

/** Whether sign-ins by the one pass and fail as by the other. */
export const signsInAlike = (one: Snapshot, other: Snapshot): boolean =>
  isDeepStrictEqual(withoutUnseen(one), withoutUnseen(other));

/** Without what no answer of a provider is judged by. */
function withoutUnseen({ connection, saml, oidc }: Snapshot): Snapshot {
  const { name: _, provider: __, ...seen } = connection;
  return {
    connection: seen,
    saml: saml && { ...saml, metadata_url: null, metadata_certificates: null },
    oidc,
  };
}

function withDemands(demands: readonly Demand[], live: Row | null, earlier: Row | null): Row | null {
  if (!live || !earlier) return earlier;
  const kept = demands
    .filter(({ isStricter }) => isStricter(live, earlier))
    .flatMap(({ columns }) => columns.map((column) => [column, live[column]] as const));
  return { ...earlier, ...Object.fromEntries(kept) };
}

const isLess = (is: readonly string[], was: readonly string[]): boolean =>
  is.length < was.length && is.every((pem) => was.includes(pem));
