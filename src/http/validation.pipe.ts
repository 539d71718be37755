import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type FieldError, ValidationFailed } from './problems';

/** Bodies and queries become their DTO; fields it does not know, and wrong types, are refused by name. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => new ValidationFailed(errors.flatMap((error) => fieldErrors(error, ''))),
  });
}

const pipe = validationPipe();

/** A part of a body as its DTO, by the rules of the whole: for parts that are judged one by one. Throws ValidationFailed. */
export async function readAs<Dto extends object>(type: new () => Dto, value: object): Promise<Dto> {
  return (await pipe.transform(value, { type: 'body', metatype: type })) as Dto;
}

function fieldErrors(error: ValidationError, path: string): FieldError[] {
  const field = path ? `${path}.${error.property}` : error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: rule === 'whitelistValidation' ? 'This field is not known here.' : `${message}.`,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, field))];
}
