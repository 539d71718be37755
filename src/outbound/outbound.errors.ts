/**
 * Why a request was not sent. `url_not_allowed` can be read off the URL itself; `address_not_allowed` depends on
 * what a host name resolves to and so tells something about the network that Gatehouse runs in: show tenants the
 * message, which says the same for both.
 */
export type RefusalCode = 'url_not_allowed' | 'address_not_allowed';

/** Why a request that was sent brought no usable answer. */
export type FailureCode = 'unreachable' | 'timeout' | 'too_large' | 'encoded';

/** The request was not sent: its destination is not one that Gatehouse may talk to. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';

  constructor(
    readonly code: RefusalCode,
    /** For the log only. */
    readonly reason: string,
  ) {
    super('The address may not be reached from here: it has to be https on a public host.');
  }
}

/** The request was sent, or tried, and there is no answer to work with. */
export class OutboundFailed extends Error {
  override readonly name = 'OutboundFailed';

  constructor(
    readonly code: FailureCode,
    cause?: unknown,
  ) {
    super(MESSAGES[code], { cause });
  }
}

const MESSAGES: Record<FailureCode, string> = {
  unreachable: 'The server could not be reached.',
  timeout: 'The server took too long to answer.',
  too_large: 'The answer is larger than what is read here.',
  encoded: 'The answer is compressed although it was asked for in plain form.',
};
