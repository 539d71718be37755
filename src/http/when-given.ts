import { ValidateIf } from 'class-validator';

/** A field that may be left out. Unlike with `@IsOptional()`, null is a value, and a wrong one. */
export const WhenGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
