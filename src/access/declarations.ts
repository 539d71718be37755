import {
  createParamDecorator,
  type CustomDecorator,
  type ExecutionContext,
  SetMetadata,
} from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { ApiKeyScope, Permission } from './permissions';
import type { Feature } from './plans';
import type { Principal } from './principal';
import type { ScimScope } from './scim-scopes';

/** Metadata keys; read by the guard, the start-up check and the OpenAPI document. */
export const PUBLIC = 'access:public';
export const PERSON = 'access:person';
export const PERMISSION = 'access:permission';
export const SCOPE = 'access:scope';
export const SCIM = 'access:scim';
export const LOOKS = 'access:looks';
export const FEATURE = 'access:feature';
export const FRESH = 'access:fresh';
export const OUTSIDE_TRANSACTION = 'access:outside_transaction';

type Decorator = ClassDecorator & MethodDecorator;

function all(...decorators: (CustomDecorator | Decorator | MethodDecorator | ClassDecorator)[]): Decorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    for (const decorate of decorators) (decorate as MethodDecorator)(target, key as string, descriptor!);
  };
}

/** Anybody may call this route, with or without a credential. The handler runs without a transaction. */
export const Public = (): Decorator => all(SetMetadata(PUBLIC, true));

/** Any signed-in person may call this route, whatever their role; API keys may not. */
export const SignedIn = (): Decorator => all(SetMetadata(PERSON, true), ApiBearerAuth());

/** Any signed-in person may call this route, and any API key, whatever its scopes. */
export const AnyCredential = (): Decorator =>
  all(SetMetadata(PERSON, true), SetMetadata(SCOPE, true), ApiBearerAuth(), ApiSecurity('apiKey'));

/** People whose role grants this permission may call this route. API keys need a RequireScope besides. */
export const RequirePermission = (permission: Permission): Decorator =>
  all(
    SetMetadata(PERMISSION, permission),
    ApiBearerAuth(),
    ApiExtension('x-required-permission', permission),
  );

/** API keys with this scope may call this route. */
export const RequireScope = (scope: ApiKeyScope): Decorator =>
  all(SetMetadata(SCOPE, scope), ApiSecurity('apiKey'), ApiExtension('x-required-scope', scope));

/**
 * The plan of the workspace must include this feature. Needed only where FEATURE_OF_PERMISSION does not imply it.
 * People may GET and DELETE all the same, so that data stays reachable after a change to a smaller plan.
 */
export const RequireFeature = (feature: Feature): Decorator =>
  all(SetMetadata(FEATURE, feature), ApiExtension('x-required-feature', feature));

/**
 * SCIM directories may call this route with a credential that has one of these scopes; with any credential when
 * `scopes` is empty. For GET and for routes with OnlyLooks the scope `read` suffices. The plan must include SCIM.
 */
export const ScimClient = (...scopes: ScimScope[]): Decorator =>
  all(
    SetMetadata(SCIM, scopes),
    RequireFeature('scim'),
    ApiSecurity('scimToken'),
    ApiSecurity('scimClient', scopes),
    ...(scopes.length > 0 ? [ApiExtension('x-required-scim-scope', scopes)] : []),
  );

/** Marks a POST route that changes nothing, such as a search. It takes no Idempotency-Key. */
export const OnlyLooks = (): Decorator =>
  all(SetMetadata(LOOKS, true), ApiExtension('x-changes-nothing', true));

/** Only people who authenticated recently may call this route. For actions that cannot be undone (RFC 9470). */
export const RequireFreshAuthentication = (): Decorator =>
  all(SetMetadata(FRESH, true), ApiExtension('x-requires-fresh-authentication', true));

/** Lifts the feature that FEATURE_OF_PERMISSION asks for, on a route that turns the feature off. */
export const WithoutFeature = (): CustomDecorator => SetMetadata(FEATURE, 'none');

/** The handler opens its own transactions, because it waits for another server meanwhile or needs no transaction. */
export const OutsideTransaction = (): CustomDecorator => SetMetadata(OUTSIDE_TRANSACTION, true);

/** Parameter decorator: the Principal that AccessGuard has authenticated. */
export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal =>
    context.switchToHttp().getRequest<{ principal: Principal }>().principal,
);
