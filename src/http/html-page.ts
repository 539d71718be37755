import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { Html, html } from './html';
import { STYLE } from './page-style';

export interface HtmlPage {
  status?: number;
  title: string;
  body: Html;
  /**
   * Omits `form-action` from the policy: browsers apply it to redirects too, and this form's answer redirects to an
   * identity provider.
   */
  formsLeadElsewhere?: boolean;
  /** Submits its first form on load. Without JavaScript the user presses the button of the form. */
  submitsItself?: boolean;
  /** Moves the fragment of the URL into the field with `data-takes-fragment`, and removes it from the URL. */
  takesFragment?: boolean;
  /** Adds the script behind the copy buttons that `copyable` makes. */
  copies?: boolean;
  /** Path of a script of ours to load. Its page may then send requests to this service, and to no other origin. */
  script?: `/${string}`;
  /** The only origin that may show the page in a frame; without it none may. */
  framedBy?: string;
}

const STYLE_HASH = createHash('sha256').update(STYLE.text).digest('base64');
/** A constant, because the hash covers every character between the tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE.text}</style>`);

/** An inline script, and its hash for the Content-Security-Policy. */
function inline(text: string): { readonly hash: string; readonly element: Html } {
  const hash = createHash('sha256').update(text).digest('base64');
  return { hash: `'sha256-${hash}'`, element: new Html(`<script>${text}</script>`) };
}

const SUBMIT = inline('document.forms[0].submit()');

const TAKE_FRAGMENT = inline(
  `const field=document.querySelector('[data-takes-fragment]');if(field&&location.hash.length>1){field.value=decodeURIComponent(location.hash.slice(1));history.replaceState(null,'',location.pathname+location.search)}`,
);

/** Where the browser refuses to copy, the script selects the value, so that the user can copy it. */
const COPY = inline(`for(const button of document.querySelectorAll('[data-copies]')){
const value=button.previousElementSibling,said=document.createElement('span');
said.className='soft';said.setAttribute('role','status');button.after(said);button.hidden=false;
button.addEventListener('click',async()=>{said.textContent='';
try{await navigator.clipboard.writeText(value.innerText.trim());said.textContent=' Copied'}
catch{getSelection().selectAllChildren(value);said.textContent=' Selected: copy it by hand'}})}`);

/**
 * Renders a page with its headers. The Content-Security-Policy allows no foreign content, no frame and no script,
 * except those that the options ask for.
 */
export function renderPage({
  title,
  body,
  formsLeadElsewhere,
  submitsItself,
  takesFragment,
  copies,
  script,
  framedBy,
}: HtmlPage): {
  text: string;
  headers: Record<string, string>;
} {
  const inlined = [submitsItself && SUBMIT, takesFragment && TAKE_FRAGMENT, copies && COPY].filter(isThere);
  const scripts = [...inlined.map(({ hash }) => hash), ...(script ? ["'self'"] : [])];
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "base-uri 'none'",
    `frame-ancestors ${framedBy ?? "'none'"}`,
    // A single directive: of a directive that occurs twice, browsers ignore the second.
    ...(scripts.length > 0 ? [`script-src ${scripts.join(' ')}`] : []),
    ...(script ? ["connect-src 'self'"] : []),
    ...(formsLeadElsewhere ? [] : ["form-action 'self'"]),
  ];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Gatehouse</title>
        ${STYLE_ELEMENT} ${script && html`<script src="${script}" defer></script>`}
      </head>
      <body>
        ${body}${inlined.map(({ element }) => element)}
      </body>
    </html>`;
  return {
    text: page.text,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      // With `no-referrer` browsers would send `Origin: null` with our own forms, which the CSRF check refuses.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    },
  };
}

const isThere = <T>(value: T | false | undefined): value is T => value !== false && value !== undefined;

export const isHtmlPage = (value: unknown): value is HtmlPage =>
  typeof value === 'object' && value !== null && (value as HtmlPage).body instanceof Html;

/** The page with its body as plain text, so that it can be stored as JSON. */
export const withPlainBody = (page: HtmlPage): Omit<HtmlPage, 'body'> & { readonly body: string } => ({
  ...page,
  body: page.body.text,
});

/** The reverse of `withPlainBody`. */
export const pageOf = (written: ReturnType<typeof withPlainBody>): HtmlPage => ({
  ...written,
  body: new Html(written.body),
});

export function sendPage(reply: FastifyReply, page: HtmlPage): FastifyReply {
  const { text, headers } = renderPage(page);
  return reply
    .status(page.status ?? 200)
    .headers(headers)
    .send(text);
}
