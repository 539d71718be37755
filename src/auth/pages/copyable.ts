import { type Html, html } from '../../http/html';

/**
 * A value that somebody carries elsewhere, and a button that copies it. The page says `copies`; without scripts the button
 * is not shown.
 */
export const copyable = (label: string, value: string): Html =>
  html`<code>${value}</code>${copyButton(label)}`;

/** Several lines, such as a certificate. */
export const copyableText = (label: string, text: string): Html =>
  html`<pre tabindex="0">${text}</pre>
    ${copyButton(label)}`;

/** Copies what stands right before it; the label is heard with it, for many may stand on one page. */
export const copyButton = (label: string): Html =>
  html`<button type="button" class="quiet copies" data-copies aria-label="Copy ${label}" hidden>
    Copy
  </button>`;
