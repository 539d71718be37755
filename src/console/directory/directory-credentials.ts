import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { copyable } from '../../auth/pages/copyable';
import { showFields } from '../../auth/pages/forms/field';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { SECTIONS } from '../../auth/pages/sections';
import { day } from '../../auth/pages/words';
import { type Html, html } from '../../http/html';
import { endChip, endsInTwoSteps, of } from '../frame';

const { path } = SECTIONS.directory;

/** What a directory gets in by, as far as the page tells of it. */
export interface Credential {
  readonly id: string;
  readonly name: string;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedBy: string | null;
  readonly revokedAt: Date | null;
}

type Kind = 'token' | 'client';

const FORMS = {
  token: { place: `${path}/tokens`, fields: CONSOLE_FORMS.scimToken.fields },
  client: { place: `${path}/clients`, fields: CONSOLE_FORMS.scimClient.fields },
} as const;

export const isOver = ({ expiresAt }: Credential): boolean => expiresAt !== null && expiresAt <= new Date();

/** Those of one kind, and a form for another one. */
export function credentialList(kind: Kind, all: readonly Credential[], mayChange: boolean): Html {
  return html`<ul class="rows">
      ${all.map((one) => row(kind, one, mayChange))}
    </ul>
    ${mayChange ? newForm(kind) : undefined}`;
}

function row(kind: Kind, credential: Credential, mayChange: boolean): Html {
  const { id, name, expiresAt, lastUsedAt, lastUsedBy } = credential;
  const over = isOver(credential);
  const known = [
    expiresAt ? `until ${day(expiresAt)}` : 'until revoked',
    lastUsedAt ? `last used ${day(lastUsedAt)}${lastUsedBy ? ` by ${lastUsedBy}` : ''}` : 'never used',
  ];
  const place = `${FORMS[kind].place}/${id}`;
  return html`<li>
    <strong>${name}</strong> ${endChip(expiresAt)}
    ${kind === 'client' ? html`<div>Client ID ${copyable(`the client ID of ${name}`, id)}</div>` : undefined}
    <div class="soft">${known.join(' · ')}</div>
    ${over ? html`<div class="alarm">The directory that uses it is refused: make a new one, and enter it there.</div>` : undefined}
    ${
      mayChange
        ? html`${over ? undefined : successorForm(place, name)}
          ${endsInTwoSteps({
            action: `${place}/revoke`,
            ...{ does: 'Revoke', what: name },
            follows: over ? 'It opens nothing any more, and is listed no longer.' : REVOKING,
          })}`
        : undefined
    }
  </li>`;
}

const REVOKING =
  'The directory that uses it is refused from its next request on: nobody who leaves is taken out by it any more.';

const successorForm = (place: string, name: string): Html => html`
  <form method="post" action="${place}/rotate">
    ${sentOnce()}
    <button class="quiet" ${of('Rotate; this one works for another week:', name)}>
      Rotate; this one works for another week
    </button>
  </form>
`;

const newForm = (kind: Kind): Html => html`
  <form method="post" action="${FORMS[kind].place}">
    ${sentOnce()} ${showFields(FORMS[kind].fields, kind === 'client' ? { apart: kind } : {})}
    <button>Create ${kind}</button>
  </form>
`;
