import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { isTooBroad, tooManyFields } from './breadth';
import { prototypeFields, unknownAmong } from './prototype-fields';
import { type FieldError, unknownField, ValidationFailed } from './problems';
import { rememberRules } from './remembered-rules';

/** Maximum number of errors in one response. */
const MOST_NAMED = 100;

/**
 * Refuses too broad bodies before class-transformer sees them: it compares each field of an object with all before it,
 * so 200,000 fields would block the event loop for half a minute. Also refuses unknown fields that class-transformer
 * skips.
 */
class FieldsPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (!this.toValidate(metadata)) return super.transform(value, metadata);
    if (isTooBroad(value)) throw tooManyFields(true);
    const passedOver = prototypeFields(value);
    const read: unknown = await super.transform(value, metadata);
    const unknown = unknownAmong(passedOver, read);
    if (unknown.length > 0) throw new ValidationFailed(unknown.slice(0, MOST_NAMED));
    return read;
  }
}

rememberRules();

/**
 * Converts bodies and queries to their DTO. Throws ValidationFailed, naming each unknown field and each wrong value.
 */
export function validationPipe(): ValidationPipe {
  return new FieldsPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) =>
      new ValidationFailed(errors.flatMap((error) => fieldErrors(error, '')).slice(0, MOST_NAMED)),
  });
}

const pipe = validationPipe();

/** Validates a part of a body against its own DTO, with the rules for whole bodies. Throws ValidationFailed. */
export async function readAs<Dto extends object>(type: new () => Dto, value: object): Promise<Dto> {
  return (await pipe.transform(value, { type: 'body', metatype: type })) as Dto;
}

function fieldErrors(error: ValidationError, path: string): FieldError[] {
  const field = path ? `${path}.${error.property}` : error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: sentenceOf(rule, message, error.value),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, field))];
}

const RULES_OF_TEXT = new Set(['isLength', 'minLength', 'maxLength', 'matches', 'isEmail']);
const RULES_OF_NUMBER = new Set(['min', 'max']);
const RULES_OF_OBJECT = new Set(['isObject', 'nestedValidation']);

/**
 * Replaces class-validator's message when the field is missing or has the wrong type: the rule that fails first may
 * then be a misleading one, such as the maximum length.
 */
function sentenceOf(rule: string, message: string, value: unknown): string {
  if (rule === 'whitelistValidation') return unknownField('').message;
  if (value === undefined) return 'This field is required.';
  if (message.startsWith('each value')) return `${message}.`;
  if (typeof value !== 'string' && RULES_OF_TEXT.has(rule)) return 'This field is one text.';
  if (typeof value !== 'number' && RULES_OF_NUMBER.has(rule)) return 'This field is one number.';
  return RULES_OF_OBJECT.has(rule) ? 'This field is one object.' : `${message}.`;
}
