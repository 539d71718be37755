import { html } from '../../http/html';

/** What the service calls itself on its pages. */
export const BRAND = html`<span class="brand">Gatehouse</span>`;
