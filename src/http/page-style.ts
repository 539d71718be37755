import { Html, html } from './html';
import { SHELL_STYLE } from './page-style-of-shell';

/** Constant text: nothing is inserted into it. */
const css = html;

const GENERAL = css`
  :root {
    color-scheme: light dark;
    --ink: #1d2530;
    --soft: #5a6675;
    --paper: #f4f6f8;
    --card: #fff;
    --line: #d5dbe3;
    --accent: #1f5fbf;
    --on-accent: #fff;
    --alarm: #a3271f;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ink: #e8ecf1;
      --soft: #a3afbd;
      --paper: #12161c;
      --card: #1b212a;
      --line: #364150;
      --accent: #86b4f7;
      --on-accent: #0e1a2b;
      --alarm: #ff9d94;
    }
  }
  * {
    box-sizing: border-box;
  }
  body {
    margin: 0;
    overflow-wrap: anywhere;
    min-height: 100vh;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    place-items: center;
    padding: 1.5rem;
    background: var(--paper);
    color: var(--ink);
    font:
      16px/1.55 system-ui,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      sans-serif;
  }
  main {
    width: 100%;
    max-width: 26rem;
    padding: 2rem;
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 0.75rem;
  }
  main.wide {
    max-width: 44rem;
  }
  .brand {
    display: block;
    margin-bottom: 1.25rem;
    color: var(--soft);
    font-size: 0.875rem;
    font-weight: 600;
    letter-spacing: 0.02em;
  }
  h1 {
    margin: 0 0 0.5rem;
    font-size: 1.375rem;
    line-height: 1.3;
  }
  h2 {
    margin: 2rem 0 0.5rem;
    font-size: 1rem;
  }
  p {
    margin: 0.5rem 0 1rem;
  }
  .soft {
    color: var(--soft);
  }
  a,
  button,
  code,
  dd,
  li,
  span,
  strong {
    unicode-bidi: isolate;
  }
  .after {
    margin: 1rem 0 0;
  }
  .qr {
    display: block;
    width: 13rem;
    max-width: 100%;
    margin: 1rem 0;
    border-radius: 0.5rem;
  }
  .alarm {
    color: var(--alarm);
  }
  :is(input, select, textarea) + .alarm {
    margin: 0.375rem 0 0;
  }
  .help {
    margin: 0.375rem 0 0;
    color: var(--soft);
    font-size: 0.875rem;
  }
  :is(.help, form) + details {
    margin-top: 0.75rem;
  }
  form + p {
    margin-top: 1.5rem;
  }
  form + ul.rows {
    margin-top: 1.25rem;
  }
  label {
    display: block;
    margin: 1rem 0 0.375rem;
    font-weight: 600;
    font-size: 0.9375rem;
  }
  input,
  select,
  textarea {
    width: 100%;
    padding: 0.625rem 0.75rem;
    font: inherit;
    color: inherit;
    background: transparent;
    border: 1px solid var(--line);
    border-radius: 0.5rem;
  }
  button {
    width: 100%;
    margin-top: 1.25rem;
    padding: 0.6875rem 1rem;
    font: inherit;
    font-weight: 600;
    cursor: pointer;
    color: var(--on-accent);
    background: var(--accent);
    border: 1px solid var(--accent);
    border-radius: 0.5rem;
  }
  textarea {
    display: block;
    resize: vertical;
    font:
      0.8125rem/1.5 ui-monospace,
      'SF Mono',
      Menlo,
      Consolas,
      monospace;
  }
  button.quiet {
    width: auto;
    color: inherit;
    background: transparent;
    border-color: var(--line);
  }
  button.danger {
    color: var(--alarm);
  }
  button.quiet.copies {
    margin: 0 0 0 0.5rem;
    padding: 0.0625rem 0.625rem;
    font-size: 0.8125rem;
    font-weight: 400;
  }
  input[type='checkbox'] {
    width: auto;
  }
  label.box {
    display: flex;
    align-items: baseline;
    gap: 0.5rem;
    font-weight: 400;
  }
  fieldset label.box {
    margin: 0.5rem 0 0;
  }
  [aria-invalid='true'] {
    border-color: var(--alarm);
  }
  fieldset {
    margin: 1rem 0;
    padding: 0.25rem 1rem 1rem;
    border: 1px solid var(--line);
    border-radius: 0.5rem;
  }
  /* Floating, it stands inside the box: one of two lines would stand on the edge, and over it. */
  legend {
    float: left;
    width: 100%;
    grid-column: 1 / -1;
    padding: 0.5rem 0;
    font-weight: 600;
    font-size: 0.9375rem;
  }
  legend + * {
    clear: left;
  }
  .columns {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
    gap: 0 1rem;
  }
  /* For the keyboard: there once it has the focus. */
  .skip:not(:focus) {
    position: absolute;
    left: -100vw;
  }
  nav {
    display: flex;
  }
  nav a[aria-current] {
    font-weight: 600;
  }
  .notice {
    padding: 0.625rem 0.875rem;
    border-left: 3px solid var(--accent);
    background: var(--paper);
    overflow-wrap: anywhere;
  }
  .chip {
    padding: 0.0625rem 0.5rem;
    border: 1px solid var(--line);
    border-radius: 1rem;
    font-size: 0.8125rem;
  }
  .chip.high,
  .chip.critical {
    color: var(--alarm);
    border-color: var(--alarm);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.5rem;
  }
  input:focus-visible,
  select:focus-visible,
  textarea:focus-visible,
  button:focus-visible,
  a:focus-visible,
  summary:focus-visible,
  pre:focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  a {
    color: var(--accent);
  }
  dl {
    display: grid;
    grid-template-columns: 9rem minmax(0, 1fr);
    gap: 0.5rem 1rem;
    margin: 1rem 0;
  }
  dt {
    color: var(--soft);
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  /* One press selects what is to be copied, for whoever has no button for it. */
  :is(code, pre):has(+ .copies) {
    user-select: all;
  }
  code {
    font:
      0.875em/1.5 ui-monospace,
      'SF Mono',
      Menlo,
      Consolas,
      monospace;
  }
  ul.tags {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
    margin: 0.5rem 0;
    padding: 0;
    list-style: none;
  }
  ul.tags li {
    padding: 0.125rem 0.5rem;
    border: 1px solid var(--line);
    border-radius: 0.375rem;
  }
  ul.rows {
    margin: 0.5rem 0;
    padding: 0;
    list-style: none;
  }
  ul.rows > li {
    padding: 0.625rem 0;
    border-top: 1px solid var(--line);
    overflow-wrap: anywhere;
  }
  ul.rows button {
    margin-top: 0.5rem;
    padding: 0.375rem 0.875rem;
  }
  summary {
    padding: 0.25rem 0;
    cursor: pointer;
  }
  details dl {
    margin: 0.25rem 0 1rem 1.25rem;
  }
  /* In a field that scrolls, the keyboard must get there: it has a tabindex. */
  pre {
    overflow-x: auto;
    font:
      0.8125em/1.5 ui-monospace,
      'SF Mono',
      Menlo,
      Consolas,
      monospace;
  }
  /* One field and its button beside it. */
  form.inline {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 0 0.5rem;
    align-items: center;
  }
  form.inline > :is(label, .alarm, .help) {
    grid-column: 1 / -1;
  }
  form.inline > :is(.alarm, .help) {
    order: 1;
  }
  form.inline > button {
    margin: 0;
  }
  table {
    width: 100%;
    margin: 0.5rem 0 1rem;
    border-collapse: collapse;
  }
  :is(th, td) {
    padding: 0.375rem 1rem 0.375rem 0;
    border-top: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
    font-weight: 400;
  }
  thead th {
    border-top: 0;
    color: var(--soft);
    font-size: 0.875rem;
  }
  @media (max-width: 30rem) {
    main {
      padding: 1.25rem;
    }
    dl {
      grid-template-columns: minmax(0, 1fr);
      gap: 0.125rem;
    }
    dd {
      margin-bottom: 0.5rem;
    }
  }
`;

/** The style of every page, including dark mode and narrow screens. */
export const STYLE = new Html(GENERAL.text + SHELL_STYLE.text);
