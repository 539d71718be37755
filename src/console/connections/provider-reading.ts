import { type Html, html } from '../../http/html';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { instant } from '../frame';

type Connection = SetupView['connection'];

/** Where the provider describes itself by an address: how reading that went, and a button that reads it now. */
export function providerReading(here: string, { saml, oidc, refresh }: Connection): Html | undefined {
  const what = saml?.metadataUrl ? 'metadata' : oidc && !oidc.manual ? 'discovery document' : undefined;
  if (what === undefined) return undefined;
  return html`<h2>What it publishes about itself</h2>
    <p class="soft">
      ${HOW_OFTEN[what]} What has changed there, such as keys and addresses, becomes the next version of the
      settings by itself.
    </p>
    ${stateOf(refresh)}
    <form method="post" action="${here}/reading">
      <button class="quiet">Read its ${what} now</button>
    </form>`;
}

const HOW_OFTEN = {
  metadata:
    'Its metadata is read again every few hours, and when somebody comes with an answer by a key that is not known.',
  'discovery document': 'Its discovery document is read again every day, and its keys as they are needed.',
} as const;

function stateOf(refresh: Connection['refresh']): Html {
  if (!refresh) return html`<p>Not read again since it was entered.</p>`;
  const { lastTriedAt, lastSucceededAt, failures, error } = refresh;
  const read = lastSucceededAt ? html`<p>Last read on ${instant(lastSucceededAt)}.</p>` : undefined;
  if (error === null) return html`${read}`;
  const inARow = failures > 1 ? ` (${failures} times in a row)` : '';
  return html`<p class="alarm">
      It could not be read on ${instant(lastTriedAt)}${inARow}; sign-ins go on by what is known.
      ${withoutCode(error)}
    </p>
    ${read}`;
}

/** Kept as `code: sentence`, for calls. */
const withoutCode = (error: string): string => error.replace(/^\w+: /, '');
