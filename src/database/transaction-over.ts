/** Whoever goes on although the transaction ended would act in another one, of any workspace. */
export class TransactionOver extends Error {
  constructor() {
    super('This transaction is over.');
  }
}
