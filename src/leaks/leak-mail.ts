import { html } from '../http/html';
import type { Mail } from '../mail/mail';
import type { Notice } from '../mail/notice';

/** What there is to say of a credential that became known to others. */
export interface ToldLeak {
  readonly noun: string;
  readonly name: string;
  readonly hint: string;
  readonly advice: string;
  readonly maker: string | null;
  readonly workspace: string;
  readonly url: string | undefined;
}

/** What admins are told. */
export function leakNotice(leak: ToldLeak): Notice {
  return { subject: `The ${leak.noun} ${leak.name} was leaked and is revoked`, paragraphs: sentences(leak) };
}

/** The same to whoever made it. */
export function leakMail(leak: ToldLeak & { readonly maker: string }): Mail {
  const { noun, name, workspace, maker } = leak;
  const why = `You get this mail because it is yours in ${workspace}.`;
  const paragraphs = [...sentences(leak), why];
  return {
    to: maker,
    subject: `${workspace}: The ${noun} ${name} was leaked and is revoked`,
    text: paragraphs.join('\n\n'),
    html: html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}`,
  };
}

function sentences({ noun, name, hint, maker, advice, url }: ToldLeak): string[] {
  return [
    `The ${noun} ${name} (…${hint})${maker === null ? '' : `, made by ${maker},`} became known to somebody it was not meant for.` +
      (url ? ` It was found at ${url}` : ''),
    `It was revoked at once. ${advice}`,
  ];
}
