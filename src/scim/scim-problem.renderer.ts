import type { ProblemRenderer } from '../http/problem.filter';
import type { Problem } from '../http/problems';
import { errorBody, ScimError, type ScimErrorBody, type ScimType } from './protocol/errors';

/** Where the SCIM server stands; everything under it answers in SCIM's own format. */
export const SCIM_PREFIX = '/scim/v2';
export const SCIM_MEDIA_TYPE = 'application/scim+json';
export const SCIM_CONTENT_TYPE = `${SCIM_MEDIA_TYPE}; charset=utf-8`;

const SCIM_TYPES: Readonly<Record<string, ScimType>> = {
  malformed_json: 'invalidSyntax',
  repeated_field: 'invalidSyntax',
  nested_too_deeply: 'invalidSyntax',
  too_many_fields: 'invalidSyntax',
  validation_failed: 'invalidValue',
  conflict: 'uniqueness',
};

/** Every error of the SCIM routes in the format of RFC 7644 section 3.12, wherever it was thrown. */
export const scimProblemRenderer: ProblemRenderer = {
  render(problem: Problem) {
    return { contentType: SCIM_CONTENT_TYPE, body: JSON.stringify(errorOf(problem)) };
  },
};

/** The message of RFC 7644 section 3.12 that says what a problem says. */
export function errorOf(problem: Problem): ScimErrorBody {
  const scimType = problem instanceof ScimError ? problem.scimType : SCIM_TYPES[problem.code];
  return errorBody(problem.status, problem.detail, scimType);
}
