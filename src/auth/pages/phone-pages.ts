import { html } from '../../http/html';
import type { HtmlPage } from '../../http/html-page';
import { CONSOLE_FORMS } from './forms/console-forms';
import { showFields } from './forms/field';
import { sentOnce } from './forms/sent-once';
import { alarm, card, PAGES } from './pages';
import { CODE_FIELD } from './second-factor-pages';

/** For a phone that is to get codes. */
export const newPhoneForm = html`<details>
  <summary>Get codes by text message</summary>
  <form method="post" action="${PAGES.addPhone}">
    ${showFields(CONSOLE_FORMS.phone.fields)}
    <button class="quiet">Text me a code</button>
  </form>
</details>`;

/** A code is on its way to a phone, which counts once the code is here. */
export function phoneCodePage(
  factorId: string,
  { phone, error }: { phone?: string; error?: string },
): HtmlPage {
  const factor = html`<input type="hidden" name="factorId" value="${factorId}" />`;
  return {
    title: 'Get codes by text message',
    body: card(html`
      <h1>Get codes by text message</h1>
      ${phone === undefined ? undefined : html`<p class="soft" role="status">A code was sent to ${phone}.</p>`}
      ${alarm(error)}
      <form method="post" action="${PAGES.confirmPhone}">
        ${sentOnce()} ${factor}
        <label>Code ${CODE_FIELD}</label>
        <button>Add the phone</button>
      </form>
      <form method="post" action="${PAGES.sendToPhone}">
        ${factor}
        <button class="quiet">Send another one</button>
      </form>
      <p class="soft after"><a href="${PAGES.factors}">Leave it</a></p>
    `),
  };
}
