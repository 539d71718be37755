import { copyableText } from '../../auth/pages/copyable';
import { CONNECTION_FORMS } from '../../auth/pages/forms/connection-forms';
import { showFields } from '../../auth/pages/forms/field';
import { sentOnce } from '../../auth/pages/forms/sent-once';
import { day } from '../../auth/pages/words';
import { type Html, html } from '../../http/html';
import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';
import { endsInTwoSteps } from '../frame';

type Connection = SetupView['connection'];
type Key = Connection['keys'][number];

/** The keys that the connection has at the identity provider, and how one follows another; or how it gets the first. */
export function keysOfOurs(here: string, connection: Connection): Html | undefined {
  const { type, keys } = connection;
  if (!keys.some(({ state }) => state === 'active')) return firstKey(here, connection);
  const isWaiting = keys.some(({ state }) => state === 'published');
  return html`<h2>Keys of ours</h2>
    <p class="soft">
      ${USES[type]} A key lasts ten years. Put another one in its place where your rules ask for that, or
      somebody else may know it: make the next one, let the identity provider learn it, then sign with it. The
      one before goes some days later, so that nobody is kept out meanwhile.
    </p>
    <ul class="rows">
      ${keys.map((key) => keyRow(`${here}/keys/${key.id}`, key, type))}
    </ul>
    ${
      isWaiting
        ? undefined
        : html`<form method="post" action="${here}/keys">
            ${sentOnce()}
            <button class="quiet">Make the next key</button>
          </form>`
    }`;
}

const USES = {
  saml: 'This service signs its requests with a key of its own, and answers may be encrypted for it.',
  oidc: 'This service can prove who it is by a key of its own (private_key_jwt).',
} as const;

/** For clients that sign: the key, which has to be there before it can be chosen. */
const firstKey = (here: string, { type }: Connection): Html | undefined =>
  type === 'saml'
    ? undefined
    : html`<h2>A key of ours in place of the secret</h2>
        <p class="soft">
          Some providers take a signature in place of a client secret (private_key_jwt). Nothing changes until
          it is chosen in step 2, under “More settings”.
        </p>
        <form method="post" action="${here}/key">
          ${sentOnce()}
          <button class="quiet">Make a key</button>
        </form>`;

const STATES: Readonly<Record<Key['state'], string>> = {
  published: 'next',
  active: 'signs',
  retiring: 'retiring',
};

function keyRow(here: string, key: Key, type: Connection['type']): Html {
  const { state, sha256Fingerprint, notAfter } = key;
  const name = sha256Fingerprint.slice(0, 23);
  return html`<li>
    <strong>SHA-256 ${name}…</strong>
    <span class="chip">${STATES[state]}</span>
    <div class="soft">${since(key)}; its certificate is good until ${day(notAfter)}</div>
    ${state === 'published' ? nextKey(here, key, { name, type }) : undefined}
    ${
      state === 'retiring'
        ? endsInTwoSteps({
            ...{ action: `${here}/remove`, does: 'Take away', what: `key ${name}…` },
            follows: 'What the identity provider has encrypted for it is refused from then on.',
          })
        : undefined
    }
  </li>`;
}

function since({ state, createdAt, activatedAt, retiresAt }: Key): string {
  if (state === 'active') return `signs since ${day(activatedAt ?? createdAt)}`;
  if (state === 'published') return `made on ${day(createdAt)}, signs nothing yet`;
  return `signs nothing any more; published until ${day(retiresAt!)}`;
}

function nextKey(
  here: string,
  { certificate }: Key,
  { name, type }: { readonly name: string; readonly type: Connection['type'] },
): Html {
  return html`<p>${LEARNS[type]}</p>
    <details>
      <summary>Its certificate</summary>
      ${copyableText('the certificate of the next key', certificate)}
    </details>
    <form method="post" action="${here}/activate">
      ${showFields(CONNECTION_FORMS.nextKey.fields, { values: { overlapDays: '30' } })}
      <button class="quiet">Sign with it from now on</button>
    </form>
    ${endsInTwoSteps({
      ...{ action: `${here}/remove`, does: 'Take away', what: `key ${name}…` },
      follows:
        'The one that signs goes on. Take it off at the identity provider, too, if you entered it there.',
    })}`;
}

const LEARNS = {
  saml: 'Let the identity provider read our metadata again (its address stands in step 1), or enter this certificate there beside the one before. Where it takes one only, enter it there and press the button right after.',
  oidc: 'The provider reads it at the address of our keys (JWKS URI), which stands in step 1. Where it was given a certificate by hand, enter this one there, too.',
} as const;
