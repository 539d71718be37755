import type { RelyingPartyAddresses, ServiceProviderAddresses } from '../connection-urls';
import { CATALOGUE } from './catalogue';
import type { Diagnosis, Owner } from './diagnosis';
import { PLACES, vendorOf } from './places';

/** Our addresses of the connection, as far as its protocol has them. */
export type OurAddresses = Partial<ServiceProviderAddresses & RelyingPartyAddresses>;

/** A diagnosis for one connection: with its own addresses, and the names of its vendor's console. */
export interface Explanation {
  readonly code: string;
  readonly owner: Owner;
  readonly title: string;
  readonly explanation: string;
  readonly hint: string;
  readonly where: string | null;
}

const UNKNOWN: Diagnosis = {
  owner: 'operator',
  title: 'The sign-in was refused',
  explanation: 'The request could not be taken as it came.',
  hint: 'Look for the reference of this sign-in in the log of the service.',
};

const NAMES: Readonly<Record<string, string>> = {
  acsUrl: 'the ACS URL of this connection',
  entityId: 'the SP entity ID of this connection',
  metadataUrl: 'the metadata URL of this connection',
  sloUrl: 'the logout URL of this connection',
  redirectUri: 'the redirect URI of this connection',
  initiateLoginUri: 'the initiate login URI of this connection',
};

/** What a refusal code means for this connection, who can put it right and where. */
export function explain(
  code: string,
  connection: { provider: string; addresses: OurAddresses },
): Explanation {
  const { owner, title, explanation, hint, place } = diagnosisOf(code);
  const addresses: Readonly<Record<string, string | undefined>> = connection.addresses;
  return {
    ...{ code, owner, title, explanation },
    hint: hint.replace(/\{(\w+)\}/g, (all, name: string) => addresses[name] ?? NAMES[name] ?? all),
    where: place ? PLACES[place][vendorOf(connection.provider)] : null,
  };
}

/** The entry of the catalogue, or what can be said about any refusal. */
export function diagnosisOf(code: string): Diagnosis {
  return CATALOGUE.get(code) ?? UNKNOWN;
}
