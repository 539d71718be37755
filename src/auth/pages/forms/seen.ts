import { Type } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { sha256 } from '../../../crypto/sha256';
import { type Html, html } from '../../../http/html';
import type { FieldError } from '../../../http/problems';
import { WhenGiven } from '../../../http/when-given';
import { type Field, textsOf, type Values } from './field';

/** Tells what a form shows: what somebody else has changed since must not go back to that unnoticed. */
export const SEEN = {
  name: 'seen',
  label: 'What the page showed',
  kind: 'kept',
  onSomePages: true,
} as const satisfies Field;

export const shownHere = (revision: number | string): Html =>
  html`<input type="hidden" name="${SEEN.name}" value="${revision}" />`;

/** A form that shows a revision. */
export class SeenDto {
  @WhenGiven()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  seen?: number;
}

/** A form that shows what has no revisions. */
export class SeenEditionDto {
  @WhenGiven()
  @IsString()
  @MaxLength(64)
  seen?: string;
}

/** Tells one state of what a form shows from every other. */
export const editionOf = (shown: unknown): string => sha256(JSON.stringify(shown)).toString('base64url');

/** What stands in these fields now, beside each where something else was typed. */
export const holdsNow = (fields: readonly Field[], typed: Values, now: Values): FieldError[] =>
  fields
    .filter((field) => String(textsOf(field, typed[field.name])) !== String(textsOf(field, now[field.name])))
    .map((field) => ({ field: field.name, message: nowAt(field, textsOf(field, now[field.name])) }));

function nowAt(field: Field, texts: readonly string[]): string {
  if (field.kind === 'box') return texts.length > 0 ? 'It is ticked now.' : 'It is not ticked now.';
  // Whom the boxes stand for, the page alone knows.
  if (field.kind === 'boxes' && !field.choices) return 'Others are ticked now.';
  const choices = 'choices' in field ? (field.choices ?? {}) : {};
  const said = texts.map((text) => choices[text] ?? text).join(', ');
  return said === '' ? 'It is empty now.' : `It is “${said}” now.`;
}
