import {
  type CustomDecorator,
  Injectable,
  type OnModuleInit,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common';
import { RouteDeclarations } from '../access/route-declarations';
import type { AuditEventType } from './audit-event';

/** Metadata key, read by TransactionalHandlers and AuditDeclarations. */
export const AUDITED = 'audit:types';
const NOT_AUDITED = 'audit:not';

/**
 * Declares the event types that this route records. When a call succeeds without recording one of them, its
 * transaction is rolled back, unless it called `nothingChanged`.
 */
export const Audited = (...types: [AuditEventType, ...AuditEventType[]]): CustomDecorator =>
  SetMetadata(AUDITED, types);

/**
 * Declares that this route records no event: it changes nothing, or the event is recorded elsewhere. `why` says which.
 */
export const NotAudited = (why: string): CustomDecorator => SetMetadata(NOT_AUDITED, why);

/** Keeps the service from starting while a route that may change something has neither Audited nor NotAudited. */
@Injectable()
export class AuditDeclarations implements OnModuleInit {
  constructor(private readonly declarations: RouteDeclarations) {}

  onModuleInit(): void {
    const silent = this.declarations
      .routes()
      .filter(
        ({ method }) => ![RequestMethod.GET, RequestMethod.HEAD, RequestMethod.OPTIONS].includes(method),
      )
      .filter(
        ({ handler }) => !Reflect.hasMetadata(AUDITED, handler) && !Reflect.hasMetadata(NOT_AUDITED, handler),
      );
    if (silent.length > 0) {
      throw new Error(`These routes say nothing about audit: ${silent.map(({ name }) => name).join(', ')}.`);
    }
  }
}
