import type { FastifyReply } from 'fastify';
import { html } from '../../http/html';
import { type HtmlPage, renderPage } from '../../http/html-page';
import { type Redirect, redirect } from './redirect';

/** What the browser posts to another site, from a page of ours that does it by itself. */
export interface PostedForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  /** Whether the other site may be showing us in a frame: that is how some end many sessions at once. */
  readonly inFrame?: boolean;
}

/** How a browser leaves for somebody else's site. */
export type Departure = Redirect | PostedForm;

/** Sends the browser off. */
export async function depart(reply: FastifyReply, departure: Departure): Promise<void> {
  if ('location' in departure) return redirect(reply, departure);
  const { text, headers } = renderPage(formPage(departure));
  await reply.headers({ ...headers, 'set-cookie': [...departure.setCookies] }).send(text);
}

function formPage({ action, fields, inFrame = false }: PostedForm): HtmlPage {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return {
    title: 'One moment',
    formsLeadElsewhere: true,
    submitsItself: true,
    ...(inFrame && { framedBy: new URL(action).origin }),
    body: html`<main>
      <span class="brand">Gatehouse</span>
      <h1>One moment</h1>
      <p class="soft">You are being taken to your identity provider.</p>
      <form method="post" action="${action}">
        ${inputs}
        <button>Continue</button>
      </form>
    </main>`,
  };
}
