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

/** That the server wants credentials, other ones, or TLS (RFC 4954 section 6, RFC 3207 section 4). */
const WANTS_ANOTHER_CALLER = [530, 534, 535, 538];
/** The mail is too large (RFC 1870 section 6.1). */
const TOO_LARGE = 552;

/**
 * A refusal for good is one of this very mail: a 5yz reply to RCPT or DATA (RFC 5321 section 4.2.1). A server that wants
 * other credentials, TLS or another sender is for the operator to mend, whichever command it says so at: then mails wait.
 * MAIL names the sender, who is the same for all mails, and the size, which is not.
 */
export function mailFailureOf(thrown: unknown): MailFailure {
  const { code, command = '', responseCode } = (thrown ?? {}) as SmtpError;
  const final = responseCode !== undefined && isAboutThisMail(command, responseCode);
  const word = responseCode === undefined ? (code ?? 'unknown') : `smtp_${responseCode}`;
  return { code: word.toLowerCase().slice(0, 40), final };
}

function isAboutThisMail(command: string, reply: number): boolean {
  if (reply < 500 || reply > 599 || WANTS_ANOTHER_CALLER.includes(reply)) return false;
  return /^(RCPT TO|DATA)/.test(command) || (command.startsWith('MAIL FROM') && reply === TOO_LARGE);
}
