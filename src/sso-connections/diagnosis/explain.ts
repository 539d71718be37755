import type { RelyingPartyAddresses, ServiceProviderAddresses } from '../connection-urls';
import type { Owner } from './diagnosis';
import { diagnosisOf } from './diagnosis-of';
import { PLACES, vendorOf } from './vendor-consoles';

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
