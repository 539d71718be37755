import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';
import { tap } from 'rxjs';
import type { Principal } from '../access/principal';
import { ScimTokensService } from './directories/scim-tokens.service';
import { SCIM_CONTENT_TYPE } from './scim-problem.renderer';

const NOTED_EVERY_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** Gives answers of the SCIM routes their media type, and notes now and then that the token is in use. */
@Injectable()
export class ScimAnswerInterceptor implements NestInterceptor {
  private readonly notedAt = new Map<string, number>();

  constructor(private readonly tokens: ScimTokensService) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const { principal } = http.getRequest<{ principal: Principal }>();
    const isDue = Date.now() - (this.notedAt.get(principal.id) ?? 0) >= NOTED_EVERY_MS;
    if (isDue) await this.tokens.noteUse(principal.id);
    return next.handle().pipe(
      tap((answer) => {
        if (isDue) this.remember(principal.id);
        if (answer !== undefined)
          void http.getResponse<FastifyReply>().header('content-type', SCIM_CONTENT_TYPE);
      }),
    );
  }

  private remember(tokenId: string): void {
    if (this.notedAt.size >= MOST_REMEMBERED) this.notedAt.clear();
    this.notedAt.set(tokenId, Date.now());
  }
}
