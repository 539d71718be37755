import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable, tap } from 'rxjs';
import { OUTSIDE_TRANSACTION } from '../access/declarations';
import type { Principal } from '../access/principal';
import { Database } from '../database/database';
import type { AuditEventType } from './audit-event';
import { AUDITED } from './audited';
import { nothingChanged, recordedEvents } from './recorded-events';

interface Deed {
  readonly outsideTransaction: boolean;
  readonly audited: readonly AuditEventType[] | undefined;
}

/**
 * An authenticated handler runs in one transaction of the caller's workspace, and its answer leaves after COMMIT.
 * What a route declares with @Audited must have been recorded by then, or the transaction is taken back. One
 * interceptor for both, because each costs every request that needs neither.
 */
@Injectable()
export class DeedInterceptor implements NestInterceptor {
  private readonly deeds = new WeakMap<object, Deed>();

  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { outsideTransaction, audited } = this.deedOf(context.getHandler());
    const { principal } = context.switchToHttp().getRequest<{ principal?: Principal }>();
    const confined = principal && !outsideTransaction;
    if (!confined && !audited) return next.handle();

    // Called where the handler is to run: it takes along the asynchronous context of that place.
    const answered = (): Observable<unknown> =>
      audited ? next.handle().pipe(tap({ complete: () => refuseUnrecorded(audited) })) : next.handle();
    if (!confined) return answered();
    const work = (): Promise<unknown> =>
      lastValueFrom<unknown, undefined>(answered(), { defaultValue: undefined });
    return from(this.database.inWorkspace(principal.workspaceId, work));
  }

  private deedOf(handler: object): Deed {
    const known = this.deeds.get(handler);
    if (known) return known;
    const deed = {
      outsideTransaction: Reflect.hasMetadata(OUTSIDE_TRANSACTION, handler),
      audited: Reflect.getMetadata(AUDITED, handler) as AuditEventType[] | undefined,
    };
    this.deeds.set(handler, deed);
    return deed;
  }
}

function refuseUnrecorded(types: readonly AuditEventType[]): void {
  const recorded = recordedEvents();
  if (!nothingChanged() && !types.some((type) => recorded.has(type))) {
    throw new Error(`This call recorded none of ${types.join(', ')}: it must not stand.`);
  }
}
