import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { type Html, html } from '../../../http/html';
import { WhenGiven } from '../../../http/when-given';
import type { Field } from './field';

/** The revision whose settings a form shows: what somebody else has changed since must not go back to them unnoticed. */
export const SEEN = {
  name: 'seen',
  label: 'What the page showed',
  kind: 'kept',
  onSomePages: true,
} as const satisfies Field;

export const seenRevision = (revision: number): Html =>
  html`<input type="hidden" name="${SEEN.name}" value="${revision}" />`;

/** A form with that field. */
export class SeenDto {
  @WhenGiven()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  seen?: number;
}
