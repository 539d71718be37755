import { ValidateBy } from 'class-validator';

const RFC_3339 = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** Whether `value` is a valid RFC 3339 time whose UTC year is 0000 to 9999 too: 9999-12-31T23:00:00-05:00 is not. */
export function isInstant(value: unknown): value is string {
  const [, day] = (typeof value === 'string' && RFC_3339.exec(value)) || [];
  if (day === undefined || !isDay(day)) return false;
  const year = new Date(value as string).getUTCFullYear();
  return year >= 0 && year <= 9999;
}

/** Whether the date exists, as `2030-01-31`. JavaScript's Date accepts 30 February as 2 March. */
export function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/**
 * Whether `text` is a time in PostgreSQL's own format, so that PostgreSQL can read it: `2030-01-31
 * 12:00:00.123456+00`.
 */
export function isTimeInDatabase(text: string): boolean {
  const [, day, time, offset] =
    /^([1-9]\d{3}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)([+-]\d\d(?::\d\d)?)$/.exec(text) ?? [];
  if (day === undefined || time === undefined || offset === undefined) return false;
  const hours = Number(offset.slice(0, 3));
  return isInstant(`${day}T${time}Z`) && Math.abs(hours) < 15 && Number(offset.slice(4)) < 60;
}

/** Validates a time in RFC 3339 format with an offset: `2030-01-31T12:00:00Z`. */
export const IsInstant = (): PropertyDecorator =>
  ValidateBy({
    name: 'isInstant',
    validator: {
      validate: isInstant,
      defaultMessage: (args) => `${args?.property ?? 'value'} must be a time such as 2030-01-31T12:00:00Z`,
    },
  });
