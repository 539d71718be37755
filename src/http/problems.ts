/** An error in one field of the input; `field` is its path, such as `emails.0.value`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * An error response (RFC 9457): HTTP status, a stable snake_case code and a sentence for the caller. Services throw
 * it; filters render it in the format of the route. `errors` names each part of the input that was refused.
 */
export class Problem extends Error {
  override readonly name: string = 'Problem';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly extra: {
      readonly errors?: readonly FieldError[] | readonly string[];
      /** Headers of the answer, such as Retry-After. */
      readonly headers?: Readonly<Record<string, string>>;
      /** Pages only: a link to the page where the user can go on. */
      readonly next?: { readonly href: string; readonly label: string };
      /** Goes into the log and the audit trail, never into the response. */
      readonly reason?: string;
    } = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** 404 `not_found`. Also for rows of another workspace, so that a caller cannot find out whether they exist. */
export class NotFound extends Problem {
  constructor(what: string) {
    super(404, 'not_found', `${what} not found.`);
  }
}

/** 400: the request is invalid in itself, whatever the state of the workspace. */
export class BadRequest extends Problem {
  constructor(code: string, detail: string, errors?: readonly FieldError[] | readonly string[]) {
    super(400, code, detail, errors ? { errors } : {});
  }
}

/** 400 `validation_failed`, with the error of each field. */
export class ValidationFailed extends BadRequest {
  constructor(errors: readonly FieldError[]) {
    super('validation_failed', 'Some fields cannot be accepted; see errors.', errors);
  }
}

/** The error of a field, in a body or a query, that there is not. */
export const unknownField = (field: string): FieldError => ({
  field,
  message: 'This field is not known here.',
});

/** 401: the credential is missing or invalid, or does not suffice. `reason` goes into the log only. */
export class Unauthorized extends Problem {
  constructor(code = 'unauthorized', detail = 'A valid credential is needed here.', reason?: string) {
    super(401, code, detail, reason ? { reason } : {});
  }
}

/** 403: the caller is authenticated but not allowed to do this. */
export class Forbidden extends Problem {
  constructor(detail = 'You may not do this.', code = 'forbidden') {
    super(403, code, detail);
  }
}

/** 409: the current state of the workspace does not allow this. */
export class Conflict extends Problem {
  constructor(code: string, detail: string, errors?: readonly FieldError[] | readonly string[]) {
    super(409, code, detail, errors ? { errors } : {});
  }
}

/** The entries of `errors`, one sentence each; empty when `detail` says everything. */
export const reasonsOf = ({ extra }: Problem): string[] =>
  (extra.errors ?? []).map((one) => (typeof one === 'string' ? one : one.message));
