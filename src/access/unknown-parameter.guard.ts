import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { unknownField, ValidationFailed } from '../http/problems';
import { type DeclaredRoute, RouteDeclarations } from './route-declarations';

/** Everything else is a page, or follows a standard, and takes what comes along as its readers expect. */
const API = '/v1/';

/** Maximum number of errors in one response. */
const MOST_NAMED = 100;

const ANY_QUERY = 'access:any_query';

/** The query of this call is meant for somebody else, and is passed over. */
export const AnyQuery = (): MethodDecorator => SetMetadata(ANY_QUERY, true);

/**
 * Refuses every parameter in the query of a call that reads none. The validation pipe refuses unknown ones of all other
 * calls, but never sees a query that no handler takes. To be asked after who is calling.
 */
@Injectable()
export class UnknownParameterGuard implements CanActivate {
  private readonly readers = new WeakMap<object, boolean>();

  constructor(private readonly declarations: RouteDeclarations) {}

  canActivate(context: ExecutionContext): boolean {
    const { query, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    const names = Object.keys(query as object);
    if (names.length === 0 || !routeOptions.url?.startsWith(API)) return true;
    if (this.readsQuery(context.getHandler())) return true;
    throw new ValidationFailed(names.slice(0, MOST_NAMED).map(unknownField));
  }

  private readsQuery(handler: object): boolean {
    const known = this.readers.get(handler);
    if (known !== undefined) return known;
    const reads = this.declarations
      .routes()
      .some((route) => handlerOf(route) === handler && takesQuery(route));
    this.readers.set(handler, reads);
    return reads;
  }
}

/** The one that is called; what a route declares is that of before, which may have been wrapped since. */
const handlerOf = ({ instance, property }: DeclaredRoute): unknown =>
  (instance as Readonly<Record<string, unknown>>)[property];

function takesQuery({ handler, controller, property }: DeclaredRoute): boolean {
  if (Reflect.hasMetadata(ANY_QUERY, handler)) return true;
  const taken = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, property) ?? {}) as object;
  return Object.keys(taken).some((parameter) => parameter.startsWith(`${RouteParamtypes.QUERY}:`));
}
