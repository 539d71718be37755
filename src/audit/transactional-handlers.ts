import { Injectable, RequestMethod } from '@nestjs/common';
import { RESPONSE_PASSTHROUGH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { LOOKS, OUTSIDE_TRANSACTION, PUBLIC } from '../access/declarations';
import { type DeclaredRoute, RouteDeclarations } from '../access/route-declarations';
import { Database } from '../database/database';
import { requestContext } from '../http/request-context';
import type { AuditEventType } from './audit-event';
import { AUDITED } from './audited';
import { type CallOnce, DONE_ANEW, type OnlyOnce } from './only-once';
import { nothingChanged, recordedEvents } from './recorded-events';

type Handler = (...parameters: unknown[]) => unknown;

/**
 * Runs each authenticated handler in one transaction of the caller's workspace; the response is sent after COMMIT.
 * Rolls back unless an event declared by @Audited was recorded. Runs a POST with an Idempotency-Key only once.
 *
 * Replaces the handler methods instead of using an interceptor: with any interceptor, Nest answers every request
 * through a chain of observables, which takes a fifth of the time of a request that needs no transaction.
 */
@Injectable()
export class TransactionalHandlers {
  constructor(
    private readonly declarations: RouteDeclarations,
    private readonly database: Database,
  ) {}

  /**
   * Replaces every handler that needs a transaction by one that opens it. Must be called before Nest registers the
   * routes, because these keep the handler of that moment. Throws when a route that changes something could answer
   * before COMMIT.
   */
  bind(onlyOnce: OnlyOnce): void {
    const routes = this.declarations.routes();
    const rash = routes.filter(canAnswerBeforeCommit).map(({ name }) => name);
    if (rash.length > 0) throw new Error(`These routes could answer before COMMIT: ${rash.join(', ')}.`);
    for (const route of routes) {
      const { instance, property, handler } = route;
      const confined = !Reflect.hasMetadata(OUTSIDE_TRANSACTION, handler);
      const audited = Reflect.getMetadata(AUDITED, handler) as AuditEventType[] | undefined;
      const once = takesKeys(route) ? onlyOnce : undefined;
      if (!confined && !audited && !once) continue;
      const terms = { confined, audited, once, looks: onlyLooks(route) };
      const transactional = this.inTransaction(handler as Handler, terms);
      // Makes the metadata that decorators set on the handler available on its replacement.
      Object.setPrototypeOf(transactional, handler);
      Object.defineProperty(instance, property, { value: transactional });
    }
  }

  private inTransaction(handler: Handler, { confined, audited, once, looks }: Declared): Handler {
    const { database } = this;
    return async function (this: unknown, ...parameters: unknown[]): Promise<unknown> {
      const context = requestContext.current();
      const caller = confined ? context?.caller : undefined;
      const work = async (call?: CallOnce): Promise<unknown> => {
        const answer = await handler.apply(this, parameters);
        if (audited) refuseUnrecorded(audited);
        await call?.answered(answer);
        return answer;
      };
      const run = (call?: CallOnce): Promise<unknown> => {
        if (!caller) return work(call);
        return looks
          ? database.readInWorkspace(caller.workspaceId, work)
          : database.inWorkspace(caller.workspaceId, () => work(call));
      };
      return once && context?.exchange ? once.run(run) : run();
    };
  }
}

interface Declared {
  readonly confined: boolean;
  readonly audited: AuditEventType[] | undefined;
  readonly once: OnlyOnce | undefined;
  readonly looks: boolean;
}

/** Routes that change nothing and record no event. */
const onlyLooks = (route: DeclaredRoute): boolean =>
  !says(route, AUDITED) && (route.method === RequestMethod.GET || says(route, LOOKS));

const says = ({ handler, controller }: DeclaredRoute, key: string): boolean =>
  Reflect.hasMetadata(key, handler) || Reflect.hasMetadata(key, controller);

/**
 * Whether a route supports Idempotency-Key: every authenticated POST that changes something, unless it is DoneAnew or
 * sends its response itself (@Res), since a stored response could then not be sent again.
 */
function takesKeys(route: DeclaredRoute): boolean {
  if (route.method !== RequestMethod.POST || sendsItself(route)) return false;
  return ![PUBLIC, LOOKS, DONE_ANEW].some((key) => says(route, key));
}

/** A handler that takes the reply (@Res) sends it before the transaction around the handler is committed. */
function canAnswerBeforeCommit(route: DeclaredRoute): boolean {
  if (route.method === RequestMethod.GET) return false;
  if ([PUBLIC, OUTSIDE_TRANSACTION].some((key) => Reflect.hasMetadata(key, route.handler))) return false;
  return sendsItself(route);
}

function sendsItself({ controller, property }: DeclaredRoute): boolean {
  if (Reflect.hasMetadata(RESPONSE_PASSTHROUGH_METADATA, controller, property)) return false;
  const given = Object.keys((Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, property) ?? {}) as object);
  return given.some((parameter) => parameter.startsWith(`${RouteParamtypes.RESPONSE}:`));
}

function refuseUnrecorded(types: readonly AuditEventType[]): void {
  const recorded = recordedEvents();
  if (!nothingChanged() && !types.some((type) => recorded.has(type))) {
    throw new Error(`This call recorded none of ${types.join(', ')}: it must not stand.`);
  }
}
