import { randomUUID } from 'node:crypto';
import { IsUUID } from 'class-validator';
import { type Html, html } from '../../../http/html';
import { WhenGiven } from '../../../http/when-given';
import { ONCE } from '../../../idempotency/named-request';

/**
 * Goes into a form that makes something: pressed twice, or sent again because its answer was reloaded, it is done once and
 * shows the same page.
 */
export const sentOnce = (): Html => html`<input type="hidden" name="${ONCE}" value="${randomUUID()}" />`;

/** A form with that field. */
export class SentOnceDto {
  @WhenGiven()
  @IsUUID()
  once?: string;
}
