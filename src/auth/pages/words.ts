/** How pages say from where somebody became a member. */
export const MEMBER_SOURCES: Readonly<Record<string, string>> = {
  founder: 'founder',
  invitation: 'invited',
  jit: 'came by single sign-on',
  scim: 'from the directory',
  manual: 'kept from a directory',
};

/** A day as pages show it. */
export const day = (at: Date): string => at.toISOString().slice(0, 10);
