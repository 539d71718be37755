import { Conflict, type FieldError } from './problems';

/** 409: a form would overwrite settings that somebody else has changed since its page was loaded. */
export class EditConflict extends Conflict {
  constructor(
    code: string,
    /** The current value of each field that the form would overwrite. */
    errors: readonly FieldError[],
    /** The state that the page has shown once it shows `errors`; the next submission is compared with it. */
    readonly seenNow: string,
  ) {
    super(
      code,
      'Somebody has changed the same settings since this page was opened. Beside each stands what holds now; sent again, yours takes its place.',
      errors,
    );
  }
}
