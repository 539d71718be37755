/** What is wrong with one field of the input; `field` is its path, as `emails.0.value`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * An answer a caller can act on (RFC 9457): a status, a stable snake_case code and a sentence. Services throw it,
 * filters give it the wire format of the route. `errors` names each part of the input that was refused.
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
      /** On pages for people: where they can go on. */
      readonly next?: { readonly href: string; readonly label: string };
      /** For the log and the audit trail only; never sent. */
      readonly reason?: string;
    } = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** 404 `not_found`. Also for what belongs to another workspace: both look the same from outside. */
export class NotFound extends Problem {
  constructor(what: string) {
    super(404, 'not_found', `${what} not found.`);
  }
}

/** 400: what was sent can never be accepted, whatever the state of the workspace. */
export class BadRequest extends Problem {
  constructor(code: string, detail: string, errors?: readonly FieldError[] | readonly string[]) {
    super(400, code, detail, errors ? { errors } : {});
  }
}

/** 400 `validation_failed`, with what is wrong field by field. */
export class ValidationFailed extends BadRequest {
  constructor(errors: readonly FieldError[]) {
    super('validation_failed', 'Some fields cannot be accepted; see errors.', errors);
  }
}

/** 401: nobody knows who is asking, or not well enough. `reason` is for the log only. */
export class Unauthorized extends Problem {
  constructor(code = 'unauthorized', detail = 'A valid credential is needed here.', reason?: string) {
    super(401, code, detail, reason ? { reason } : {});
  }
}

/** 403: it is known who is asking, and they may not. */
export class Forbidden extends Problem {
  constructor(detail = 'You may not do this.', code = 'forbidden') {
    super(403, code, detail);
  }
}

/** 409: it cannot be done as things stand now. */
export class Conflict extends Problem {
  constructor(code: string, detail: string, errors?: readonly FieldError[] | readonly string[]) {
    super(409, code, detail, errors ? { errors } : {});
  }
}

/** What in particular is wrong, a sentence each; empty where the detail says it all. */
export const reasonsOf = ({ extra }: Problem): string[] =>
  (extra.errors ?? []).map((one) => (typeof one === 'string' ? one : one.message));
