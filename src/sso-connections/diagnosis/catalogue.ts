import { CONNECTION_DIAGNOSES } from './connection-diagnoses';
import type { Diagnosis } from './diagnosis';
import { ID_TOKEN_DIAGNOSES } from './id-token-diagnoses';
import { LOGOUT_DIAGNOSES } from './logout-diagnoses';
import { OIDC_DIAGNOSES } from './oidc-diagnoses';
import { OIDC_SET_UP_DIAGNOSES } from './oidc-set-up-diagnoses';
import { PERSON_DIAGNOSES } from './person-diagnoses';
import { REQUEST_DIAGNOSES } from './request-diagnoses';
import { SAML_DIAGNOSES } from './saml-diagnoses';
import { SAML_SET_UP_DIAGNOSES } from './saml-set-up-diagnoses';
import { SAML_SHAPE_DIAGNOSES } from './saml-shape-diagnoses';

/** The families of refusals: those of sign-ins in the order in which one meets them, then logging out and setting up. */
export const FAMILIES = {
  'Starting and coming back': REQUEST_DIAGNOSES,
  'SAML: the message': SAML_SHAPE_DIAGNOSES,
  'SAML: what it says': SAML_DIAGNOSES,
  'OpenID Connect: the provider': OIDC_DIAGNOSES,
  'OpenID Connect: the ID token': ID_TOKEN_DIAGNOSES,
  'The person': PERSON_DIAGNOSES,
  'Logging out': LOGOUT_DIAGNOSES,
  'Setting up: the connection': CONNECTION_DIAGNOSES,
  'Setting up: SAML': SAML_SET_UP_DIAGNOSES,
  'Setting up: OpenID Connect': OIDC_SET_UP_DIAGNOSES,
} as const satisfies Record<string, Record<string, Diagnosis>>;

/** Every refusal code there is, with what it means. */
export const CATALOGUE: ReadonlyMap<string, Diagnosis> = new Map(
  Object.values(FAMILIES).flatMap((family) => Object.entries<Diagnosis>(family)),
);
