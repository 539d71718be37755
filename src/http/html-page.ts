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
  /** A script of ours that it loads, by its path; it may then ask this service, and nobody else. */
  script?: `/${string}`;
  /** The one origin that may show it in a frame; otherwise none may. */
  framedBy?: string;
}

const STYLE_HASH = createHash('sha256').update(STYLE.text).digest('base64');
/** Put together here, because the hash holds for every character between the tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE.text}</style>`);

/** The only scripts that stand in a page: none can bring another. */
const SUBMIT = 'document.forms[0].submit()';
const SUBMIT_HASH = createHash('sha256').update(SUBMIT).digest('base64');
const SUBMIT_ELEMENT = new Html(`<script>${SUBMIT}</script>`);

const TAKE_FRAGMENT = `const field=document.querySelector('[data-takes-fragment]');if(field&&location.hash.length>1){field.value=decodeURIComponent(location.hash.slice(1));history.replaceState(null,'',location.pathname)}`;
const TAKE_FRAGMENT_HASH = createHash('sha256').update(TAKE_FRAGMENT).digest('base64');
const TAKE_FRAGMENT_ELEMENT = new Html(`<script>${TAKE_FRAGMENT}</script>`);

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
  script,
  framedBy,
}: HtmlPage): {
  text: string;
  headers: Record<string, string>;
} {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "base-uri 'none'",
    `frame-ancestors ${framedBy ?? "'none'"}`,
    ...(submitsItself ? [`script-src 'sha256-${SUBMIT_HASH}'`] : []),
    ...(takesFragment ? [`script-src 'sha256-${TAKE_FRAGMENT_HASH}'`] : []),
    ...(script ? ["script-src 'self'", "connect-src 'self'"] : []),
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
        ${body}${submitsItself ? SUBMIT_ELEMENT : undefined}${takesFragment ? TAKE_FRAGMENT_ELEMENT : undefined}
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
