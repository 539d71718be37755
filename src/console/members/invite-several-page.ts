import type { Role } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import { CONSOLE_FORMS } from '../../auth/pages/forms/console-forms';
import { showFields, type Values } from '../../auth/pages/forms/field';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { SECTIONS } from '../../auth/pages/sections';
import { type Html, html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import type { RowOutcome } from '../../members/invitations/row-outcome';
import { consoleFrame } from '../frame';

const { path } = SECTIONS.members;

export interface InvitedView {
  readonly outcomes: readonly RowOutcome[];
  readonly terms: { readonly role: Role; readonly approver: boolean };
}

/** Takes addresses as people have them: typed, or pasted from a table or a mail. */
export const inviteSeveralForm = (values: Values): Html => html`
  <form method="post" action="${path}/invite-several">
    ${sentOnce()} ${showFields(CONSOLE_FORMS.inviteSeveral.fields, { values, apart: 'several' })}
    <button class="quiet">Invite all of them</button>
  </form>
`;

/** Who of a list was invited, and who was not and why, with those in a form to be corrected and sent again. */
export function inviteSeveralPage(caller: UserPrincipal, { outcomes, terms }: InvitedView): HtmlPage {
  const invited = outcomes.filter(({ refusal }) => !refusal);
  const refused = outcomes.filter(({ refusal }) => refusal);
  const again = { ...terms, emails: refused.map(({ email }) => email).join('\n') };
  return consoleFrame(caller, {
    section: SECTIONS.members,
    notice:
      invited.length > 0
        ? `Invited ${invited.length === 1 ? '1 person' : `${invited.length} people`}. The mails are on their way.`
        : undefined,
    body: html`
      ${
        refused.length === 0
          ? undefined
          : html`<h2>Not invited (${refused.length})</h2>
              <ul class="rows">
                ${refused.map(refusedRow)}
              </ul>
              <h2>Correct and invite again</h2>
              ${inviteSeveralForm(again)}`
      }
      ${
        invited.length === 0
          ? undefined
          : html`<h2>Invited (${invited.length})</h2>
              <ul class="rows">
                ${invited.map(({ email }) => html`<li>${email ?? ''}</li>`)}
              </ul>`
      }
      <p class="after"><a href="${path}">All members</a></p>
    `,
  });
}

const refusedRow = ({ email, refusal }: RowOutcome): Html =>
  html`<li>
    <strong>${email ?? ''}</strong>
    <div class="alarm">
      ${refusal!.code === 'validation_failed' ? 'This is no email address.' : refusal!.detail}
    </div>
  </li>`;
