import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsString, Matches, MaxLength } from 'class-validator';

/** Matches a character other than white space and characters that fonts render as nothing. */
const SOMETHING_VISIBLE = /[^\s\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;
/**
 * Characters that change the direction of text: they can make a name read as another one, and names in right-to-left
 * scripts do not need them.
 */
const TURNS_AROUND = /[\u202a-\u202e\u2066-\u2069]/g;

/** Validates text for display: one line of 1 to `most` characters, at least one of them visible. */
export const IsLine = (most: number): PropertyDecorator =>
  applyDecorators(
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must be one line of readable text' }),
    Matches(SOMETHING_VISIBLE, { message: '$property must be longer than or equal to 1 characters' }),
    MaxLength(most),
    IsString(),
  );

/** Validates a name: trims it, removes invisible direction marks that pasted text may contain, then applies IsLine. */
export const IsName = (most: number): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.replaceAll(TURNS_AROUND, '').trim() : value,
    ),
    IsLine(most),
  );
