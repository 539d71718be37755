import { html } from '../../http/html';
import { requestContext } from '../../http/request-context';
import type { Mail } from '../../mail/mail';

/** What somebody reads about a change of how they sign in, with when it was and from where. */
export function factorMail(
  { subject, paragraphs }: { subject: string; paragraphs: readonly string[] },
  publicUrl: string,
): Omit<Mail, 'to'> {
  const when = `Time: ${new Date().toISOString()}`;
  const where = `Address: ${requestContext.current()?.ip ?? 'unknown'}`;
  const url = `${publicUrl}/console/factors`;
  return {
    subject,
    text: [...paragraphs, `${when}\n${where}`, `Your second factors: ${url}`].join('\n\n'),
    html: html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
      <ul>
        <li>${when}</li>
        <li>${where}</li>
      </ul>
      <p><a href="${url}">Your second factors</a></p>`,
  };
}
