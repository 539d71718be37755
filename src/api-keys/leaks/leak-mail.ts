import { html } from '../../http/html';
import type { Mail } from '../../mail/mail';
import type { Notice } from '../../mail/notice';
import type { LeakedKey } from './leaked-keys.service';

/** What admins are told of a key that became known to others. */
export function leakNotice(key: LeakedKey, url: string | undefined): Notice {
  return { subject: `The API key ${key.name} was leaked and is revoked`, paragraphs: sentences(key, url) };
}

/** The same to whoever made the key. */
export function leakMail(key: LeakedKey, url: string | undefined): Mail {
  const why = `You get this mail because you made this key in ${key.workspace}.`;
  const paragraphs = [...sentences(key, url), why];
  return {
    to: key.maker,
    subject: `${key.workspace}: The API key ${key.name} was leaked and is revoked`,
    text: paragraphs.join('\n\n'),
    html: html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}`,
  };
}

function sentences({ name, hint, maker }: LeakedKey, url: string | undefined): string[] {
  return [
    `The API key ${name} (…${hint}), made by ${maker}, became known to somebody it was not meant for.` +
      (url ? ` It was found at ${url}` : ''),
    'It was revoked at once: programs that use it are refused from now on. Make a new key for them, and look in ' +
      'the audit log for what the old one did.',
  ];
}
