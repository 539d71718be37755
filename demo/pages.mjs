// The pages of the demo identity providers: plain forms, usable by hand, by curl and by tests. No script is needed.
import { nameOf, people } from './people.mjs';

/** Asks who is signing in. `hidden` travels along; `expected` is offered first. */
export function choosePersonPage({ provider, action, hidden = {}, expected }) {
  const known = [...people].sort((a, b) => Number(b.email === expected) - Number(a.email === expected));
  const buttons = known.map(
    (person) => `<li><button name="email" value="${escape(person.email)}">
      <strong>${escape(nameOf(person))}</strong> ${escape(person.email)}</button></li>`,
  );
  return page(
    provider,
    `<p>This stands in for your company's identity provider. Who are you today?</p>
    <form method="post" action="${escape(action)}">${hiddenFields(hidden)}<ul>${buttons.join('')}</ul></form>`,
  );
}

/** Sends the browser back with a POST: by itself where scripts run, by a click where they do not. */
export function postBackPage({ provider, action, fields }) {
  return page(
    provider,
    `<form method="post" action="${escape(action)}">${hiddenFields(fields)}
    <p>You are signed in. <button>Continue</button></p></form>
    <script>document.forms[0].submit()</script>`,
  );
}

export function messagePage({ provider, text }) {
  return page(provider, `<p>${escape(text)}</p>`);
}

function page(title, body) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title><style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 12vh auto; padding: 0 1rem; color: #1f2430; }
  h1 { font-size: 1.25rem; } ul { list-style: none; padding: 0; } li { margin: .5rem 0; }
  button { font: inherit; padding: .6rem .9rem; border: 1px solid #c9ced8; border-radius: .5rem; background: #fff; }
  li button { width: 100%; text-align: left; } button:hover { border-color: #7a5c1e; background: #fdf8ee; }
</style></head><body><h1>${escape(title)}</h1>${body}</body></html>`;
}

function hiddenFields(fields) {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join('');
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
