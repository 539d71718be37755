/** How an issuer is written in the settings of a connection. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly entraTenantId?: string;
}

const GOOGLE = 'https://accounts.google.com';
const GOOGLE_WITHOUT_SCHEME = 'accounts.google.com';

/** The issuer in the provider's tokens, and so in identities. For a multi-tenant issuer, that of the pinned tenant. */
export function issuerOf({ issuer, entraTenantId = '' }: IssuerSettings): string {
  return issuer.replace('{tenantid}', entraTenantId);
}

/** Other spellings that the same provider uses. Google alone: its older tokens leave the scheme out. */
export function otherSpellingsOf({ issuer }: IssuerSettings): readonly string[] {
  return issuer === GOOGLE ? [GOOGLE_WITHOUT_SCHEME] : [];
}

/** Compared character by character: a trailing slash makes another issuer. */
export function isIssuer(settings: IssuerSettings, said: string): boolean {
  return said === issuerOf(settings) || otherSpellingsOf(settings).includes(said);
}
