import { html } from './html';

/** Constant text: nothing is inserted into it. */
const css = html;

/** Style of console pages: navigation on the left, on narrow screens at the top. */
export const SHELL_STYLE = css`
  body:has(main.console) {
    place-items: start center;
  }
  main.console {
    display: grid;
    grid-template-columns: 13.5rem minmax(0, 1fr);
    max-width: 72rem;
    padding: 0;
  }
  .rail {
    padding: 1.75rem 1rem;
    border-right: 1px solid var(--line);
  }
  .rail .brand {
    margin: 0 0.625rem 1rem;
  }
  .rail nav {
    flex-flow: column;
    gap: 0.125rem;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .rail nav a {
    padding: 0.375rem 0.625rem;
    border-radius: 0.5rem;
    color: inherit;
    text-decoration: none;
  }
  .rail nav :is(a:hover, a[aria-current]) {
    background: var(--paper);
  }
  .rail nav a:first-child {
    margin-bottom: 0.5rem;
    font-weight: 600;
  }
  #content {
    padding: 1.75rem 2.25rem 2.25rem;
  }
  main.console h2 {
    margin-top: 2.5rem;
    padding-top: 1.5rem;
    border-top: 1px solid var(--line);
    font-size: 1.125rem;
  }
  main.console :is(form, fieldset, .help, p) {
    max-width: 42rem;
  }
  main.console h1 + h2 {
    margin-top: 1rem;
    padding-top: 0;
    border-top: 0;
  }
  main.console ul.rows > li:first-child {
    border-top: 0;
  }
  main.console :is(input[type='number'], input[type='date']) {
    display: block;
    max-width: 14rem;
  }
  main.console .columns input {
    max-width: none;
  }
  main.console form.across {
    max-width: none;
  }
  main.console button {
    width: auto;
  }
  ul.places {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
    gap: 0.75rem;
    margin: 1rem 0;
    padding: 0;
    list-style: none;
  }
  ul.places > li {
    position: relative;
    padding: 0.875rem 1rem;
    border: 1px solid var(--line);
    border-radius: 0.5rem;
  }
  ul.places a {
    display: block;
    font-weight: 600;
  }
  /* All of the box leads there. */
  ul.places a::after {
    content: '';
    position: absolute;
    inset: 0;
    border-radius: 0.5rem;
  }
  ul.places a:focus-visible {
    outline: none;
  }
  ul.places a:focus-visible::after {
    outline: 3px solid var(--accent);
  }
  /* Of a longer piece of work: what is done, and what comes next. */
  ol.steps {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
    gap: 0.5rem;
    margin: 1rem 0;
    padding: 0;
    list-style: none;
  }
  ol.steps > li {
    padding: 0.5rem 0.75rem;
    border-top: 3px solid var(--line);
    font-size: 0.875rem;
  }
  ol.steps > li.done {
    border-color: var(--accent);
  }
  ol.steps > li[aria-current] a {
    font-weight: 600;
  }
  ol.steps .soft {
    display: block;
  }
  @media (max-width: 56rem) {
    main.console {
      display: block;
      max-width: 44rem;
    }
    .rail {
      padding: 1.25rem 1.25rem 0.75rem;
      border-right: 0;
      border-bottom: 1px solid var(--line);
    }
    .rail .brand {
      margin: 0 0 0.75rem;
    }
    .rail nav {
      flex-flow: wrap;
      gap: 0.25rem 1rem;
    }
    .rail nav a {
      padding: 0.125rem 0;
    }
    .rail nav a[aria-current] {
      background: none;
      font-weight: 600;
    }
    .rail nav a:first-child {
      margin: 0;
    }
    .rail nav a:not([aria-current]) {
      color: var(--accent);
      text-decoration: underline;
    }
    #content {
      padding: 1.25rem;
    }
  }
`;
