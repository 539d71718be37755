import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';

/** The name of a workspace in URLs and sign-ins. The database checks the same pattern. */
export const SLUG = /^[a-z0-9](-?[a-z0-9]){0,62}$/;

export const IsSlug = (): PropertyDecorator =>
  applyDecorators(
    Matches(SLUG, { message: '$property must be lower-case letters and digits with single dashes between' }),
    IsString(),
  );
