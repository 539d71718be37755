import { Problem } from '../../http/problems';

/** RFC 7644 section 3.12, table 9, and RFC 9865 section 2.1: what kind of bad request it was. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

export const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** The body of every refusal under the SCIM base URL. `status` is a string: the RFC says so. */
export interface ScimErrorBody {
  schemas: [typeof ERROR_SCHEMA];
  status: string;
  scimType?: ScimType;
  detail: string;
}

/** A refusal in the words of RFC 7644 section 3.12; outside the SCIM routes it is a problem like any other. */
export class ScimError extends Problem {
  constructor(
    status: number,
    detail: string,
    readonly scimType?: ScimType,
  ) {
    super(status, scimType ? snakeCase(scimType) : 'scim_error', detail);
  }

  body(): ScimErrorBody {
    return errorBody(this.status, this.detail, this.scimType);
  }
}

/** The message of RFC 7644 section 3.12. */
export function errorBody(status: number, detail: string, scimType?: ScimType): ScimErrorBody {
  return { schemas: [ERROR_SCHEMA], status: String(status), ...(scimType && { scimType }), detail };
}

/** 400 with a scimType: the client must change its request. */
export function badRequest(scimType: ScimType, detail: string): ScimError {
  return new ScimError(400, detail, scimType);
}

function snakeCase(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Text from a client, short enough and plain enough to stand in an error's detail. */
export function quoted(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${plain.length > 80 ? `${plain.slice(0, 77)}...` : plain}"`;
}
