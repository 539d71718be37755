import { deepStrictEqual } from 'node:assert/strict';
import { type Answer, type Json, MESSAGE } from './scim-server';

/** Something a server did that the standard does not allow. */
export class Nonconformity extends Error {}

export function ok(holds: unknown, complaint: string): asserts holds {
  if (!holds) throw new Nonconformity(complaint);
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch {
    throw new Nonconformity(`${what}: ${shown(actual)} instead of ${shown(expected)}`);
  }
}

/** The answer has one of these statuses. */
export function answered(answer: Answer, ...statuses: number[]): Answer {
  ok(
    statuses.includes(answer.status),
    `answered ${answer.status} instead of ${statuses.join(' or ')}: ${answer.text.slice(0, 300)}`,
  );
  return answer;
}

/** RFC 7644 section 3.12: an error message with its status as text, and with this scimType, if one is named. */
export function refused(answer: Answer, status: number | number[], ...scimTypes: string[]): void {
  answered(answer, ...[status].flat());
  const { body } = answer;
  ok(
    Array.isArray(body?.schemas) && body.schemas.includes(`${MESSAGE}:Error`),
    `no error message: ${answer.text.slice(0, 300)}`,
  );
  equal(body.status, String(answer.status), 'status in the error message');
  if (scimTypes.length > 0) {
    ok(
      scimTypes.includes(body.scimType),
      `scimType ${shown(body.scimType)} instead of ${scimTypes.join(' or ')}`,
    );
  }
}

/** Everything in `part` is in `whole`, too: objects by their keys, lists element by element in any order. */
export function contains(whole: Json, part: Json, what: string): void {
  ok(holdsIn(whole, part), `${what}: ${shown(part)} is not in ${shown(whole)}`);
}

function holdsIn(whole: Json, part: Json): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) && part.every((wanted) => whole.some((element: Json) => holdsIn(element, wanted)))
    );
  }
  if (typeof part === 'object' && part !== null) {
    return (
      typeof whole === 'object' &&
      whole !== null &&
      Object.entries(part).every(([key, value]) => holdsIn(whole[key], value))
    );
  }
  return whole === part;
}

/** Absent, null or an empty list: one and the same (RFC 7643 section 2.5). */
export function unassigned(value: Json): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

/** The Resources of a list, which may be left out when there are none. */
export function resources(answer: Answer): Json[] {
  answered(answer, 200);
  return answer.body?.Resources ?? [];
}

export const query = (path: string, parameters: Record<string, string | number>): string =>
  `${path}?${Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;
