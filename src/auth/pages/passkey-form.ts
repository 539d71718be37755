import { type Html, html } from '../../http/html';

/** A form that an authenticator fills in. Without scripts, or in a browser that knows none, it is not shown. */
export interface PasskeyForm {
  readonly ceremony: 'get' | 'create';
  /** Where the answer goes. */
  readonly action: string;
  /** Where the options come from, and what is sent for them. */
  readonly options: string;
  readonly body: object;
  readonly fields: Readonly<Record<string, string>>;
  /** More that goes along. */
  readonly carried?: Html | undefined;
  readonly label: string;
  /** What is said instead when nobody is signed in, or signed in too long ago. */
  readonly unless?: Html;
}

export function passkeyForm({
  ceremony,
  action,
  options,
  body,
  fields,
  carried,
  label,
  unless,
}: PasskeyForm): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`<form
    method="post"
    action="${action}"
    hidden
    data-passkey="${ceremony}"
    data-options="${options}"
    data-body="${JSON.stringify(body)}"
  >
    ${hidden} ${carried}
    <input type="hidden" name="credential" value="" />
    <button>${label}</button>
    <p class="alarm" role="alert"></p>
    ${unless && html`<template>${unless}</template>`}
  </form>`;
}
