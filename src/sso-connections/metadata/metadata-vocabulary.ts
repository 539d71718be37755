/** The namespace of SAML 2.0 metadata. */
export const MD = 'urn:oasis:names:tc:SAML:2.0:metadata';
