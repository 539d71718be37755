import { ValidateIf } from 'class-validator';

/** Makes a field optional. Unlike with `@IsOptional()`, null is not skipped but validated, and so refused. */
export const WhenGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
