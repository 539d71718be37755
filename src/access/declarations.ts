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

/** Anybody may call this route, with or without a credential. It runs without a transaction. */
export const Public = (): Decorator => all(SetMetadata(PUBLIC, true));

/** Any signed-in person may call this route, whatever the role; API keys may not. */
export const SignedIn = (): Decorator => all(SetMetadata(PERSON, true), ApiBearerAuth());

/** Any credential of the REST API: a signed-in person or an API key with whatever scopes. */
export const AnyCredential = (): Decorator =>
  all(SetMetadata(PERSON, true), SetMetadata(SCOPE, true), ApiBearerAuth(), ApiSecurity('apiKey'));

/** People whose role grants this permission. Without a scope beside it no API key gets in. */
export const RequirePermission = (permission: Permission): Decorator =>
  all(
    SetMetadata(PERMISSION, permission),
    ApiBearerAuth(),
    ApiExtension('x-required-permission', permission),
  );

/** API keys that carry this scope. */
export const RequireScope = (scope: ApiKeyScope): Decorator =>
  all(SetMetadata(SCOPE, scope), ApiSecurity('apiKey'), ApiExtension('x-required-scope', scope));

/**
 * What the plan of the workspace must include, where FEATURE_OF_PERMISSION does not say so already. People may look at
 * what is there and delete it all the same: a smaller plan keeps nothing from anybody.
 */
export const RequireFeature = (feature: Feature): Decorator =>
  all(SetMetadata(FEATURE, feature), ApiExtension('x-required-feature', feature));

/**
 * Directories, with a credential of their workspace that has one of these scopes, or any credential when none is
 * named. To look, by GET or as @OnlyLooks, the scope `read` does as well. The plan must include SCIM.
 */
export const ScimClient = (...scopes: ScimScope[]): Decorator =>
  all(
    SetMetadata(SCIM, scopes),
    RequireFeature('scim'),
    ApiSecurity('scimToken'),
    ApiSecurity('scimClient', scopes),
    ...(scopes.length > 0 ? [ApiExtension('x-required-scim-scope', scopes)] : []),
  );

/** A route that changes nothing although it is a POST, such as a search. It takes no Idempotency-Key. */
export const OnlyLooks = (): Decorator =>
  all(SetMetadata(LOOKS, true), ApiExtension('x-changes-nothing', true));

/** People who signed in a moment ago: for what cannot be undone (RFC 9470). */
export const RequireFreshAuthentication = (): Decorator =>
  all(SetMetadata(FRESH, true), ApiExtension('x-requires-fresh-authentication', true));

/** A route that needs no feature whatever its permission, because it turns something off. */
export const WithoutFeature = (): CustomDecorator => SetMetadata(FEATURE, 'none');

/** The handler opens its own transactions, because it waits for somebody else's server or needs none. */
export const OutsideTransaction = (): CustomDecorator => SetMetadata(OUTSIDE_TRANSACTION, true);

/** Whoever is asking. */
export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal =>
    context.switchToHttp().getRequest<{ principal: Principal }>().principal,
);
