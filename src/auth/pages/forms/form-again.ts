import { randomUUID } from 'node:crypto';
import { type Html, html } from '../../../http/html';
import { EditConflict } from '../../../http/edit-conflict';
import type { Problem } from '../../../http/problems';
import { ONCE } from '../../../idempotency/named-request';
import { SETUP_FIELDS, SIGNER } from '../../setup/setup-fields';
import { SECTIONS } from '../sections';
import { ATTRIBUTE_FORMS } from './attribute-forms';
import { CONNECTION_FORMS } from './connection-forms';
import { CONSOLE_FORMS, exactly, type Form } from './console-forms';
import { showFields, type Values } from './field';
import { refusedFields } from './refused-fields';
import { SEEN } from './seen';
import { SETTINGS_FORMS } from './settings-forms';

/** One for each way to describe an identity provider, with the certificate that may go with metadata. */
const SET_UP_FORMS: readonly Form[] = Object.entries(SETUP_FIELDS).map(([name, fields]) => ({
  path: exactly(`${SECTIONS.connections.path}/connections/[^/]+/set-up/${name}`),
  fields: [...fields, ...(name.startsWith('metadata') ? [SIGNER] : [])],
}));

const FORMS: readonly Form[] = [
  ...Object.values(CONSOLE_FORMS),
  ...[
    ...SET_UP_FORMS,
    ...Object.values(CONNECTION_FORMS),
    ...ATTRIBUTE_FORMS,
    ...Object.values(SETTINGS_FORMS),
  ].map(({ path, fields }): Form => ({ path, fields: [...fields, SEEN] })),
];

/** A form that was sent: where to, and what with. */
export interface SentForm {
  readonly method: string;
  readonly path: string;
  readonly values: unknown;
}

export interface FormAgain {
  readonly detail: string;
  readonly reasons: readonly string[];
  readonly form: Html;
}

/**
 * The form once more with what was typed into it, and beside each field what is wrong with it; undefined where nothing was
 * typed that could be lost. Fields that the form does not declare, a secret say, never come back on a page.
 */
export function formAgain(problem: Problem, { method, path, values }: SentForm): FormAgain | undefined {
  const form = FORMS.find((one) => one.path.test(path) && (one.method ?? 'POST') === method);
  if (!form || typeof values !== 'object' || values === null) return undefined;
  const fields = form.fields.filter(({ name, onSomePages }) => !onSomePages || name in values);
  const { detail, wrong, others } = refusedFields(problem, fields);
  return {
    detail,
    reasons: others,
    form: html`<form method="${method.toLowerCase()}" action="${path}">
      ${ONCE in values ? html`<input type="hidden" name="${ONCE}" value="${randomUUID()}" />` : undefined}
      ${showFields(fields, { values: { ...values, ...seenNow(problem) }, wrong })}
      <button>Send it again</button>
    </form>`,
  };
}

/** Whoever is told what somebody else has changed has seen it. */
const seenNow = (problem: Problem): Values =>
  problem instanceof EditConflict ? { [SEEN.name]: problem.seenNow } : {};
