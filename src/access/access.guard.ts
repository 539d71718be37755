import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config';
import { Forbidden, Unauthorized } from '../http/problems';
import { requestContext } from '../http/request-context';
import {
  type Authenticator,
  AUTHENTICATORS,
  type Credential,
  credentialOf,
  refusalOf,
  sessionCookieName,
} from './authenticator';
import { FEATURE, FRESH, LOOKS, PERMISSION, PERSON, PUBLIC, SCIM, SCOPE } from './declarations';
import { requireFreshAuthentication } from './fresh-authentication';
import type { Permission } from './permissions';
import { type Feature, FEATURE_OF_PERMISSION, Plans, refuseLacking } from './plans';
import type { Principal, ScimPrincipal } from './principal';
import type { ScimScope } from './scim-scopes';

interface Declaration {
  readonly public: boolean;
  readonly person: boolean;
  readonly permission: Permission | undefined;
  readonly scope: Permission | true | undefined;
  readonly scim: readonly ScimScope[] | undefined;
  readonly looks: boolean;
  readonly fresh: boolean;
  readonly feature: Feature | 'none';
}

/**
 * Authenticates the request and compares the Principal with the declarations of the route (see declarations.ts).
 * Refuses a route that declares nothing for this kind of principal.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly cookieName: string;
  private readonly ownOrigin: string;
  private readonly declarations = new WeakMap<object, Declaration>();

  constructor(
    config: Config,
    @Inject(AUTHENTICATORS) private readonly authenticators: readonly Authenticator[],
    private readonly plans: Plans,
  ) {
    this.cookieName = sessionCookieName(config.secureOrigin);
    this.ownOrigin = new URL(config.publicUrl).origin;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const declared = this.declarationOf(context);
    if (declared.public) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest & { principal?: Principal }>();
    const credential = credentialOf(request, this.cookieName);
    if (!credential) throw new Unauthorized();
    if (credential.scheme === 'cookie') this.refuseForeignOrigin(request);
    const principal = await this.recognise(credential, request);
    request.principal = principal;
    noteCaller(principal);
    compare(declared, principal, request.method);
    if (declared.fresh && principal.kind === 'user') requireFreshAuthentication(principal);
    await this.refuseWithoutPlan(declared, principal, request.method);
    return true;
  }

  private async recognise(credential: Credential, request: FastifyRequest): Promise<Principal> {
    const way = this.authenticators.find((authenticator) => authenticator.accepts(credential));
    const principal = await way?.authenticate(credential, request);
    if (!principal) throw refusalOf(credential);
    return principal;
  }

  /**
   * After a change of plan, people may still read and delete what a feature left behind (GET, HEAD, DELETE). A SCIM
   * directory needs the feature for every call. Throws 403 `plan_required`.
   */
  private async refuseWithoutPlan(
    { feature }: Declaration,
    principal: Principal,
    method: string,
  ): Promise<void> {
    if (feature === 'none') return;
    if (principal.kind === 'scim') return refuseLacking(feature, principal.lacking);
    if (['GET', 'HEAD', 'DELETE'].includes(method)) return;
    await this.plans.refuseWithout(feature, principal.workspaceId);
  }

  /**
   * CSRF protection: browsers send the session cookie with requests from any site, so a request that may change
   * something must come from our own origin. Throws 403 `foreign_origin`.
   */
  private refuseForeignOrigin({ method, headers }: FastifyRequest): void {
    if (method === 'GET' || method === 'HEAD') return;
    if (headers.origin !== this.ownOrigin) {
      throw new Forbidden('A browser session changes things from our own pages only.', 'foreign_origin');
    }
  }

  private declarationOf(context: ExecutionContext): Declaration {
    const handler = context.getHandler();
    const known = this.declarations.get(handler);
    if (known) return known;
    const read = <T>(key: string): T | undefined =>
      (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, context.getClass())) as T | undefined;
    const permission = read<Permission>(PERMISSION);
    const declared: Declaration = {
      public: read<boolean>(PUBLIC) ?? false,
      person: read<boolean>(PERSON) ?? false,
      permission,
      scope: read<Permission | true>(SCOPE),
      scim: read<ScimScope[]>(SCIM),
      looks: read<boolean>(LOOKS) ?? false,
      fresh: read<boolean>(FRESH) ?? false,
      feature: read<Feature | 'none'>(FEATURE) ?? (permission && FEATURE_OF_PERMISSION[permission]) ?? 'none',
    };
    this.declarations.set(handler, declared);
    return declared;
  }
}

function compare(declared: Declaration, principal: Principal, method: string): void {
  switch (principal.kind) {
    case 'user':
      if (declared.person) return;
      if (declared.permission && principal.permissions.has(declared.permission)) return;
      throw new Forbidden(
        declared.permission ? `This needs the permission ${declared.permission}.` : 'This is not for people.',
      );
    case 'api_key':
      if (declared.scope === true) return;
      if (declared.scope && principal.permissions.has(declared.scope)) return;
      throw new Forbidden(
        declared.scope
          ? `This needs an API key with the scope ${declared.scope}.`
          : 'This is not for API keys.',
        'insufficient_scope',
      );
    case 'scim':
      compareScopes(declared, principal, method);
  }
}

function compareScopes({ scim, looks }: Declaration, { scopes }: ScimPrincipal, method: string): void {
  if (!scim) throw new Forbidden('A SCIM token opens the SCIM routes only.', 'insufficient_scope');
  const isLook = looks || method === 'GET' || method === 'HEAD';
  const sufficient = isLook ? [...scim, 'read'] : scim;
  if (scim.length === 0 || scopes.some((scope) => sufficient.includes(scope))) return;
  throw new Forbidden(
    `This needs a SCIM token with the scope ${[...new Set(sufficient)].join(' or ')}.`,
    'insufficient_scope',
  );
}

function noteCaller(principal: Principal): void {
  const context = requestContext.current();
  if (!context) return;
  context.caller = {
    kind: principal.kind,
    id: principal.id,
    workspaceId: principal.workspaceId,
    ...(principal.kind === 'user' ? { email: principal.email } : {}),
  };
}
