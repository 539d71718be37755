interface Named {
  readonly displayName: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly scim: Record<string, unknown>;
}

/**
 * The name for lists. Directories may omit displayName: then given and family name, by which lists are also sorted, or
 * else `name.formatted`. Null when no name is known.
 */
export function shownNameOf({ displayName, givenName, familyName, scim }: Named): string | null {
  const { formatted } = (scim.name ?? {}) as { formatted?: string };
  const names = [displayName, `${givenName ?? ''} ${familyName ?? ''}`, formatted];
  return names.map((name) => name?.trim()).find(Boolean) ?? null;
}

/** The same as SQL, of the row of `members` with this alias. */
export const shownNameIn = (member: string): string =>
  `coalesce(nullif(btrim(${member}.display_name), ''),
            nullif(btrim(concat_ws(' ', ${member}.given_name, ${member}.family_name)), ''),
            nullif(btrim(${member}.scim #>> '{name,formatted}'), ''))`;
