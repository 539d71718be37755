import type { ApiKeyScope } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import { scopesNamed } from '../../api-keys/api-key-scopes';
import { ValidationFailed } from '../../http/problems';
import type { NewApiKeyFormDto } from './api-keys-forms.dto';

export const NOTHING_TICKED = { field: 'scopes', message: 'Tick what the key may do.' };

/**
 * The scopes that a form asks for. Of a preset, what the caller may do: nobody gives more than they have. Throws 400
 * `validation_failed` for none, and for single ones beside a preset, which would say two things.
 */
export function scopesIn(
  { preset, scopes }: Pick<NewApiKeyFormDto, 'preset' | 'scopes'>,
  { permissions }: UserPrincipal,
): ApiKeyScope[] {
  if (preset === 'ticked') {
    if (scopes.length > 0) return scopes;
    throw new ValidationFailed([NOTHING_TICKED]);
  }
  if (scopes.length > 0) {
    const message = 'Scopes are ticked below: choose those only, or tick none.';
    throw new ValidationFailed([{ field: 'preset', message }]);
  }
  return scopesNamed({ preset })!.filter((scope) => permissions.has(scope));
}
