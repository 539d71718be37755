import { API_KEY_SCOPES, type ApiKeyScope } from '../access/permissions';
import { ValidationFailed } from '../http/problems';

/** Names for many scopes at once. */
export const PRESETS = ['read-only', 'full'] as const;
export type ScopePreset = (typeof PRESETS)[number];

export const SCOPES_OF_PRESET: Readonly<Record<ScopePreset, readonly ApiKeyScope[]>> = {
  'read-only': API_KEY_SCOPES.filter((scope) => scope.endsWith(':read')),
  full: API_KEY_SCOPES,
};

export const PRESET_DESCRIPTIONS: Readonly<Record<ScopePreset, string>> = {
  'read-only': 'Everything that only looks',
  full: 'Every scope there is today',
};

/** The values allowed in `scopes` of a request. */
export const SCOPE_NAMES: readonly (ApiKeyScope | ScopePreset)[] = [...API_KEY_SCOPES, ...PRESETS];

/**
 * The scopes in a request, listed or by preset; undefined when it has neither. A preset is expanded now, so existing
 * keys do not get scopes that are added to it later. Throws 400 `validation_failed` for both at once.
 */
export function scopesNamed({
  scopes,
  preset,
}: {
  readonly scopes?: readonly (ApiKeyScope | ScopePreset)[] | undefined;
  readonly preset?: ScopePreset | undefined;
}): ApiKeyScope[] | undefined {
  if (scopes && preset) {
    throw new ValidationFailed([{ field: 'preset', message: 'Give either scopes or a preset, not both.' }]);
  }
  const names = scopes ?? (preset && [preset]);
  return names && [...new Set(names.flatMap(scopesBehind))];
}

/** The preset that consists of exactly these scopes, or null. */
export function presetOf(scopes: readonly ApiKeyScope[]): ScopePreset | null {
  const held = new Set(scopes);
  const isSame = (preset: ScopePreset): boolean =>
    SCOPES_OF_PRESET[preset].length === held.size &&
    SCOPES_OF_PRESET[preset].every((scope) => held.has(scope));
  return PRESETS.find(isSame) ?? null;
}

function scopesBehind(name: ApiKeyScope | ScopePreset): readonly ApiKeyScope[] {
  return SCOPES_OF_PRESET[name as ScopePreset] ?? [name as ApiKeyScope];
}
