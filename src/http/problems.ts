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

/** Also for what belongs to another workspace: both look the same from outside. */
export class NotFound extends Problem {
  constructor(what: string) {
    super(404, 'not_found', `${what} not found.`);
  }
}

export class BadRequest extends Problem {
  constructor(code: string, detail: string, errors?: readonly FieldError[] | readonly string[]) {
    super(400, code, detail, errors ? { errors } : {});
  }
}

export class ValidationFailed extends BadRequest {
  constructor(errors: readonly FieldError[]) {
    super('validation_failed', 'Some fields cannot be accepted; see errors.', errors);
  }
}

export class Unauthorized extends Problem {
  constructor(code = 'unauthorized', detail = 'A valid credential is needed here.', reason?: string) {
    super(401, code, detail, reason ? { reason } : {});
  }
}

export class Forbidden extends Problem {
  constructor(detail = 'You may not do this.', code = 'forbidden') {
    super(403, code, detail);
  }
}

export class Conflict extends Problem {
  constructor(code: string, detail: string, errors?: readonly FieldError[] | readonly string[]) {
    super(409, code, detail, errors ? { errors } : {});
  }
}

/** What in particular is wrong, a sentence each; empty where the detail says it all. */
export const reasonsOf = ({ extra }: Problem): string[] =>
  (extra.errors ?? []).map((one) => (typeof one === 'string' ? one : one.message));
