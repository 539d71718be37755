import { EditConflict } from '../../http/edit-conflict';
import type { FieldError } from '../../http/problems';
import type { Difference } from './snapshot';

interface Present {
  readonly type: 'saml' | 'oidc';
  readonly revision: number;
}

/** @throws 409 `connection_changed` where a change touches what was changed since its author looked */
export function refuseUnseen(change: Difference, since: Difference, { type, revision }: Present): void {
  const errors = Object.keys(change.after)
    .filter((setting) => setting in since.after)
    .flatMap((setting) => told(setting, since, type));
  if (errors.length > 0) throw new EditConflict('connection_changed', errors, String(revision));
}

const OF_EVERY_TYPE = ['name', 'provider', 'attributeMapping'];

function told(setting: string, { before, after }: Difference, type: Present['type']): FieldError[] {
  const field = OF_EVERY_TYPE.includes(setting) ? setting : `${type}.${setting}`;
  const [was, is] = [partsOf(before[setting]), partsOf(after[setting])];
  const parts = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return parts
    .filter((part) => JSON.stringify(was[part]) !== JSON.stringify(is[part]))
    .map((part) => ({ field: `${field}${part}`, message: `It is ${written(is[part])} now.` }));
}

/** A setting that consists of several, by what they add to its name. */
const partsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, part]) => [`.${name}`, part]))
    : { '': value };

function written(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  const text = Array.isArray(value) ? value.join(' ') : value;
  return typeof text === 'number' || (typeof text === 'string' && text !== '') ? `“${text}”` : 'empty';
}
