import { element, type Envelope, message, text } from './logout-messages';

/** The optional content of an AuthnRequest. */
export interface AuthnRequestTerms {
  /** Where the answer goes. */
  readonly acsUrl: string;
  readonly nameIdFormat?: string | undefined;
  readonly forceAuthn: boolean;
  readonly authnContext?:
    | {
        readonly classRefs: readonly string[];
        readonly comparison: 'exact' | 'minimum' | 'maximum' | 'better';
      }
    | undefined;
}

const HTTP_POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

/** An AuthnRequest (SAML Core section 3.4.1), to be answered by HTTP-POST. */
export function authnRequestXml(envelope: Envelope, terms: AuthnRequestTerms): string {
  const { acsUrl, nameIdFormat, forceAuthn, authnContext } = terms;
  const policy = element('samlp:NameIDPolicy', { Format: nameIdFormat, AllowCreate: 'true' }, '');
  return message(
    'AuthnRequest',
    envelope,
    {
      ForceAuthn: forceAuthn ? 'true' : undefined,
      ProtocolBinding: HTTP_POST,
      AssertionConsumerServiceURL: acsUrl,
    },
    policy + (authnContext ? contextXml(authnContext) : ''),
  );
}

function contextXml({ classRefs, comparison }: NonNullable<AuthnRequestTerms['authnContext']>): string {
  const wanted = classRefs.map((classRef) => element('saml:AuthnContextClassRef', {}, text(classRef)));
  return element('samlp:RequestedAuthnContext', { Comparison: comparison }, wanted.join(''));
}
