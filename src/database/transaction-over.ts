/**
 * Thrown when code uses a transaction after its end. On the pooled connection its statements would run in another
 * transaction, possibly of another workspace.
 */
export class TransactionOver extends Error {
  constructor() {
    super('This transaction is over.');
  }
}
