import { canonicalJson } from '../../audit/seals/canonical-json';
import { sha256 } from '../../crypto/sha256';
import { csvCell } from '../../http/csv-cell';
import type { Review } from './access-reviews.service';
import type { ReviewItem } from './review-decisions.service';

export const RESULT_FORMAT = 'gatehouse-access-review/1';

/**
 * The part of the result that is signed. It holds commitments instead of personal data, so it still verifies after an
 * erasure.
 */
export interface ReviewManifest {
  readonly format: typeof RESULT_FORMAT;
  readonly workspaceId: string;
  readonly review: Readonly<Record<string, unknown>>;
  readonly items: readonly Readonly<Record<string, unknown>>[];
}

/** Ed25519 in base64, made with the key that signs checkpoints of the audit log. */
export interface ResultSignature {
  readonly algorithm: 'ed25519';
  readonly keyId: string;
  readonly publicKey: string;
  readonly signature: string;
}

export function manifestOf(
  workspaceId: string,
  { id, name, scope, createdBy, createdAt, dueAt, reviewers }: Review,
  completed: { readonly by: string; readonly at: Date },
  items: readonly ReviewItem[],
): ReviewManifest {
  return JSON.parse(
    JSON.stringify({
      format: RESULT_FORMAT,
      workspaceId,
      review: {
        ...{ id, name, scope, createdBy, createdAt, dueAt, reviewers },
        ...{ completedBy: completed.by, completedAt: completed.at },
      },
      items: items.map((item) => ({
        ...{ id: item.id, memberId: item.memberId, facts: item.facts, commitment: item.commitment },
        ...{ decision: item.decision, decidedBy: item.decidedBy, decidedAt: item.decidedAt },
        ...{ noteCommitment: item.noteCommitment, effect: item.effect },
      })),
    }),
  ) as ReviewManifest;
}

/** The text that is signed: the kind of content and its hash. */
export function signedText(what: string, content: string): string {
  return `${RESULT_FORMAT}\n${what}\n${sha256(content).toString('base64')}\n`;
}

export const manifestText = (manifest: ReviewManifest): string =>
  signedText('manifest', canonicalJson(manifest));

const COLUMNS: Readonly<Record<string, (item: ReviewItem) => string | null>> = {
  itemId: ({ id }) => id,
  memberId: ({ memberId }) => memberId,
  email: ({ personal }) => personal?.email ?? null,
  displayName: ({ personal }) => personal?.displayName ?? null,
  role: ({ facts }) => facts.role,
  approver: ({ facts }) => String(facts.approver),
  source: ({ facts }) => facts.source,
  provenance: ({ facts }) =>
    facts.grants.map(({ kind, origin, role }) => `${kind}/${origin}=${role ?? '-'}`).join(' '),
  lastSeenAt: ({ facts }) => facts.lastSeenAt,
  factors: ({ facts }) => facts.factors.join(' '),
  groups: ({ personal }) => Object.values(personal?.groupNames ?? {}).join('; '),
  apiKeys: ({ facts, personal }) =>
    facts.apiKeys
      .map(({ id, scopes, lastUsedAt }) => {
        const name = personal?.apiKeyNames[id] ?? id;
        return `${name} [${scopes.join(' ')}] last used ${lastUsedAt ?? 'never'}`;
      })
      .join('; '),
  decision: ({ decision }) => decision,
  decidedBy: ({ decidedBy }) => decidedBy,
  decidedAt: ({ decidedAt }) => decidedAt?.toISOString() ?? null,
  note: ({ note }) => note?.text ?? null,
  effect: ({ effect }) => effect,
};

/** CSV as in RFC 4180. */
export function csvOf(items: readonly ReviewItem[]): string {
  const rows = items.map((item) => Object.values(COLUMNS).map((read) => csvCell(read(item) ?? '')));
  return [Object.keys(COLUMNS), ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}
