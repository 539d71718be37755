import {
  type CustomDecorator,
  Injectable,
  type OnModuleInit,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common';
import { RouteDeclarations } from '../access/route-declarations';
import type { AuditEventType } from './audit-event';

/** Metadata key; read by TransactionalHandlers and the start-up check. */
export const AUDITED = 'audit:types';
const NOT_AUDITED = 'audit:not';

/**
 * The events this route records. A call that succeeds without any of them is taken back, unless it says that it
 * changed nothing.
 */
export const Audited = (...types: [AuditEventType, ...AuditEventType[]]): CustomDecorator =>
  SetMetadata(AUDITED, types);

/** This route changes nothing worth an event, or one recorded elsewhere: say why. */
export const NotAudited = (why: string): CustomDecorator => SetMetadata(NOT_AUDITED, why);

/** Refuses to start while a route that may change something says nothing about its audit events. */
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
