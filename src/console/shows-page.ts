import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  HttpCode,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { type HtmlPage, renderPage } from '../http/html-page';

/** Makes text of the page that a handler answers. It leaves once the transaction is committed. */
class PageInterceptor implements NestInterceptor<HtmlPage, string> {
  intercept(context: ExecutionContext, next: CallHandler<HtmlPage>): Observable<string> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((page) => {
        const { text, headers } = renderPage(page);
        void reply.headers(headers);
        return text;
      }),
    );
  }
}

/** For handlers that answer a page. */
export const ShowsPage = (): MethodDecorator =>
  applyDecorators(UseInterceptors(new PageInterceptor()), HttpCode(200));

/** Where the browser goes after a form, once the deed is committed: what `@Redirect` takes from a handler. */
export interface Onward {
  readonly url: string;
}

/** Back to a section, which says what was done. */
export const backTo = (path: string, done: string): Onward => ({ url: `${path}?done=${done}` });
