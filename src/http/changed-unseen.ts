import { Conflict, type FieldError } from './problems';

/** A form would take back what somebody else has set since its page was opened. */
export class ChangedUnseen extends Conflict {
  constructor(
    code: string,
    /** What holds now, by the field that would take it back. */
    errors: readonly FieldError[],
    /** What the page has shown, once it shows the errors. */
    readonly seenNow: string,
  ) {
    super(
      code,
      'Somebody has changed the same settings since this page was opened. Beside each stands what holds now; sent again, yours takes its place.',
      errors,
    );
  }
}
