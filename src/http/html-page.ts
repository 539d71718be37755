import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { Html, html } from './html';
import { STYLE } from './page-style';

export interface HtmlPage {
  status?: number;
  title: string;
  body: Html;
  /** A form whose answer leads on to an identity provider: browsers hold such a redirect against `form-action`. */
  formsLeadElsewhere?: boolean;
  /** Its first form goes off as soon as the page is there; without scripts, at a press of its button. */
  submitsItself?: boolean;
  /** What stands behind the # of the address goes into the field with `data-takes-fragment`, and out of the address. */
  takesFragment?: boolean;
  /** It holds values with a button that copies them (`copyable`), which only a script can do. */
  copies?: boolean;
  /** A script of ours that it loads, by its path; it may then ask this service, and nobody else. */
  script?: `/${string}`;
  /** The one origin that may show it in a frame; otherwise none may. */
  framedBy?: string;
}

const STYLE_HASH = createHash('sha256').update(STYLE.text).digest('base64');
/** Put together here, because the hash holds for every character between the tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE.text}</style>`);

/** A script that stands in a page itself, and the hash by which the policy of the page knows it. */
function inline(text: string): { readonly hash: string; readonly element: Html } {
  const hash = createHash('sha256').update(text).digest('base64');
  return { hash: `'sha256-${hash}'`, element: new Html(`<script>${text}</script>`) };
}

const SUBMIT = inline('document.forms[0].submit()');

const TAKE_FRAGMENT = inline(
  `const field=document.querySelector('[data-takes-fragment]');if(field&&location.hash.length>1){field.value=decodeURIComponent(location.hash.slice(1));history.replaceState(null,'',location.pathname+location.search)}`,
);

/** Where the browser lets no page copy, the value is selected, for a copy by hand. */
const COPY = inline(`for(const button of document.querySelectorAll('[data-copies]')){
const value=button.previousElementSibling,said=document.createElement('span');
said.className='soft';said.setAttribute('role','status');button.after(said);button.hidden=false;
button.addEventListener('click',async()=>{said.textContent='';
try{await navigator.clipboard.writeText(value.innerText.trim());said.textContent=' Copied'}
catch{getSelection().selectAllChildren(value);said.textContent=' Selected: copy it by hand'}})}`);

/**
 * A page of ours and the headers it needs. Its policy allows no foreign content, no frame around it
 * and no script, unless the page says otherwise.
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
    // One directive for all: of two, browsers read the first.
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
      // Not `no-referrer`: under that, browsers send `Origin: null` with our own forms.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    },
  };
}

const isThere = <T>(value: T | false | undefined): value is T => value !== false && value !== undefined;

export const isHtmlPage = (value: unknown): value is HtmlPage =>
  typeof value === 'object' && value !== null && (value as HtmlPage).body instanceof Html;

/** A page as something that can be written down. */
export const withPlainBody = (page: HtmlPage): Omit<HtmlPage, 'body'> & { readonly body: string } => ({
  ...page,
  body: page.body.text,
});

/** The page that was written down. */
export const pageOf = (written: ReturnType<typeof withPlainBody>): HtmlPage => ({
  ...written,
  body: new Html(written.body),
});

/** Sends a page of ours. */
export function sendPage(reply: FastifyReply, page: HtmlPage): FastifyReply {
  const { text, headers } = renderPage(page);
  return reply
    .status(page.status ?? 200)
    .headers(headers)
    .send(text);
}
