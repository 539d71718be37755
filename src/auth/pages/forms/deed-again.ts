import { randomUUID } from 'node:crypto';
import { html } from '../../../http/html';
import { ONCE } from '../../../idempotency/named-request';
import { PAGES } from '../pages';
import { SECTIONS } from '../sections';
import { exactly } from './console-forms';
import { type Field, showFields } from './field';
import type { Again } from '../pages';
import type { SentForm } from './form-again';

/** A button into which nothing is typed, and which asks for a recent sign-in. */
interface Deed {
  readonly path: RegExp;
  readonly label: string;
  /** What goes with it unseen. */
  readonly kept?: readonly string[];
}

const { members, directory, apiKeys } = SECTIONS;

/** By what does them; the pages they stand on take their labels from here. */
export const DEEDS = {
  addApp: { path: exactly(PAGES.addApp), label: 'Add an authenticator app' },
  newRecoveryCodes: { path: exactly(PAGES.recoveryCodes), label: 'Get new recovery codes' },
  removeFactor: { path: exactly(PAGES.removeFactor), label: 'Remove it', kept: ['factorId'] },
  restoreMember: { path: exactly(`${members.path}/[^/]+/restore`), label: 'Restore the member' },
  resetFactors: { path: exactly(`${members.path}/[^/]+/factors/reset`), label: 'Remove their factors' },
  rotateToken: { path: exactly(`${directory.path}/tokens/[^/]+/rotate`), label: 'Make the new token' },
  rotateClient: { path: exactly(`${directory.path}/clients/[^/]+/rotate`), label: 'Make the new client' },
  replaceKey: { path: exactly(`${apiKeys.path}/[^/]+`), label: 'Go on', kept: ['how'] },
} as const satisfies Record<string, Deed>;

/** The button once more, for a page that asks for another sign-in first; undefined where it is none that asks for one. */
export function deedAgain({ method, path, values }: SentForm): Again | undefined {
  const deed: Deed | undefined = Object.values(DEEDS).find((one) => one.path.test(path));
  if (!deed || method !== 'POST') return undefined;
  const sent = (values ?? {}) as Record<string, unknown>;
  const fields = (deed.kept ?? []).map((name): Field => ({ name, label: name, kind: 'kept' }));
  return {
    deed: true,
    form: html`<form method="post" action="${path}">
      ${ONCE in sent ? html`<input type="hidden" name="${ONCE}" value="${randomUUID()}" />` : undefined}
      ${showFields(fields, { values: sent })}
      <button>${deed.label}</button>
    </form>`,
  };
}
