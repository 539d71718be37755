import type { Diagnosis } from './diagnosis';
import { ID_TOKEN_DIAGNOSES } from './id-token-diagnoses';
import { OIDC_DIAGNOSES } from './oidc-diagnoses';
import { PERSON_DIAGNOSES } from './person-diagnoses';
import { REQUEST_DIAGNOSES } from './request-diagnoses';
import { SAML_DIAGNOSES } from './saml-diagnoses';
import { SAML_SHAPE_DIAGNOSES } from './saml-shape-diagnoses';

/** The families of refusals, in the order in which a sign-in meets them. */
export const FAMILIES = {
  'Starting and coming back': REQUEST_DIAGNOSES,
  'SAML: the message': SAML_SHAPE_DIAGNOSES,
  'SAML: what it says': SAML_DIAGNOSES,
  'OpenID Connect: the provider': OIDC_DIAGNOSES,
  'OpenID Connect: the ID token': ID_TOKEN_DIAGNOSES,
  'The person': PERSON_DIAGNOSES,
} as const satisfies Record<string, Record<string, Diagnosis>>;

/** Every refusal code there is, with what it means. */
export const CATALOGUE: ReadonlyMap<string, Diagnosis> = new Map(
  Object.values(FAMILIES).flatMap((family) => Object.entries<Diagnosis>(family)),
);
