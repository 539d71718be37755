import { html } from '../http/html';
import type { Mail } from './mail';

/** Something that the admins of a workspace should know. */
export interface Notice {
  readonly subject: string;
  /** What happened, what follows, what to do: a few sentences each. */
  readonly paragraphs: readonly string[];
  /** Shown as a list below the paragraphs. */
  readonly items?: readonly string[];
  /** A page of ours. */
  readonly link?: { readonly path: `/${string}`; readonly label: string };
  /** Admins hear of the same key once. */
  readonly key?: string;
  /** Keys of AdminMail.untold() that this tells of: when nobody ever takes the mail, they count as untold again. */
  readonly tells?: readonly string[];
}

/** All of a mail but whom it goes to. */
export type Letter = Pick<Mail, 'subject' | 'text' | 'html'>;

/** A notice as admins of the workspace of this name read it. */
export function letterOf(
  { subject, paragraphs, items = [], link }: Notice,
  workspace: string,
  publicUrl: string,
): Letter {
  const why = `You get this mail because you are an admin of ${workspace}.`;
  const url = link && `${publicUrl}${link.path}`;
  const list = items.map((item) => `- ${item}`).join('\n');
  const parts = [...paragraphs, list, link && `${link.label}: ${url}`, why];
  return {
    subject: `${workspace}: ${subject}`,
    text: parts.filter(Boolean).join('\n\n'),
    html: html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
      ${
        items.length > 0
          ? html`<ul>
              ${items.map((item) => html`<li>${item}</li>`)}
            </ul>`
          : undefined
      }
      ${link ? html`<p><a href="${url}">${link.label}</a></p>` : undefined}
      <p>${why}</p>`,
  };
}
