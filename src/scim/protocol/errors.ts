/** RFC 7644 section 3.12, table 9: what kind of bad request it was. */
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
  | 'sensitive';

export const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** The body of every refusal under the SCIM base URL. `status` is a string: the RFC says so. */
export interface ScimErrorBody {
  schemas: [typeof ERROR_SCHEMA];
  status: string;
  scimType?: ScimType;
  detail: string;
}

/** A refusal in the words of RFC 7644 section 3.12. */
export class ScimError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly scimType?: ScimType,
  ) {
    super(detail);
    this.name = 'ScimError';
  }

  body(): ScimErrorBody {
    return {
      schemas: [ERROR_SCHEMA],
      status: String(this.status),
      ...(this.scimType && { scimType: this.scimType }),
      detail: this.detail,
    };
  }
}

/** 400 with a scimType: what a client can mend by sending something else. */
export function badRequest(scimType: ScimType, detail: string): ScimError {
  return new ScimError(400, detail, scimType);
}

/** Text from a client, short enough and plain enough to stand in an error's detail. */
export function quoted(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${plain.length > 80 ? `${plain.slice(0, 77)}...` : plain}"`;
}
