import type { Check } from '../../../sso-connections/diagnosis/check';
import type { Examination } from '../protocol/examination';

/**
 * An examination packed for the transfer between threads, which otherwise costs a third of the hand-over: structured
 * clone copies the field names of each object, and there are about thirty checks.
 */
export interface PackedExamination {
  /** All fields of a check, then all of the next one. */
  readonly checks: readonly (string | boolean | null)[];
  readonly claims?: Examination['claims'];
  /** What is only shown to people, as JSON. */
  readonly shown: string;
}

const FIELDS = 5;

export function packed({ checks, claims, ...shown }: Examination): PackedExamination {
  const fields: (string | boolean | null)[] = [];
  for (const { id, code, ok, received, expected } of checks) fields.push(id, code, ok, received, expected);
  return { checks: fields, ...(claims && { claims }), shown: JSON.stringify(shown) };
}

export function unpacked({ checks: fields, claims, shown }: PackedExamination): Examination {
  const checks: Check[] = [];
  for (let at = 0; at < fields.length; at += FIELDS) {
    const [id, code, ok, received, expected] = fields.slice(at, at + FIELDS) as FieldsOfCheck;
    checks.push({ id, code, ok, received, expected });
  }
  return {
    checks,
    ...(claims && { claims }),
    ...(JSON.parse(shown) as Omit<Examination, 'checks' | 'claims'>),
  };
}

type FieldsOfCheck = [id: string, code: string, ok: boolean, received: string | null, expected: string];
