import { Param } from '@nestjs/common';
import { NotFound } from './problems';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** The path parameter `:id`. A value that is not a UUID gets the same 404 as an unknown id. */
export const IdParam = (what: string, name = 'id'): ParameterDecorator =>
  Param(name, {
    transform(value: string): string {
      if (!isUuid(value)) throw new NotFound(what);
      return value.toLowerCase();
    },
  });
