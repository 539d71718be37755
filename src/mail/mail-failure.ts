/** Why a mail was not taken, as a word that may be shown and stored: no address, nothing a server said. */
export interface MailFailure {
  readonly code: string;
  /** Whether trying again is of no use: the server knows the mail and does not want it. */
  readonly final: boolean;
}

interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

/**
 * A refusal for good is one of this very mail (a 5yz reply to MAIL, RCPT or DATA, RFC 5321 section 4.2.1). A server
 * that wants other credentials or another TLS is for the operator to mend: then mails wait.
 */
export function mailFailureOf(thrown: unknown): MailFailure {
  const { code, command = '', responseCode } = (thrown ?? {}) as SmtpError;
  const about = /^(MAIL FROM|RCPT TO|DATA)/.test(command);
  const final = about && responseCode !== undefined && responseCode >= 500 && responseCode < 600;
  const word = responseCode === undefined ? (code ?? 'unknown') : `smtp_${responseCode}`;
  return { code: word.toLowerCase().slice(0, 40), final };
}
