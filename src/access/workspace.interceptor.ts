import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Database } from '../database/database';
import { OUTSIDE_TRANSACTION } from './declarations';
import type { Principal } from './principal';

/** An authenticated handler runs in one transaction of the caller's workspace; its answer leaves after COMMIT. */
@Injectable()
export class WorkspaceInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { principal } = context.switchToHttp().getRequest<{ principal?: Principal }>();
    if (!principal || Reflect.getMetadata(OUTSIDE_TRANSACTION, context.getHandler())) return next.handle();
    return from(
      this.database.inWorkspace(principal.workspaceId, () =>
        lastValueFrom(next.handle(), { defaultValue: undefined }),
      ),
    );
  }
}
