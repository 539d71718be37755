import type { Field } from '../pages/forms/field';

/** For whoever publishes signed metadata and can say by another way than the document who signs it. */
export const SIGNER: Field = {
  name: 'metadataCertificate',
  label: 'Certificate that signs the metadata (PEM or Base64)',
  kind: 'text',
  rows: 4,
  inCalls: 'saml.metadataCertificates',
};

/** What may be told of an identity provider, by the form it is told in. */
export const SETUP_FIELDS = {
  metadataUrl: [
    {
      name: 'metadataUrl',
      label: 'Metadata URL',
      kind: 'line',
      type: 'url',
      most: 2048,
      hint: 'https://',
      required: true,
      inCalls: 'saml.metadataUrl',
    },
  ],
  metadataXml: [
    {
      name: 'metadataXml',
      label: 'Metadata (XML)',
      kind: 'text',
      rows: 8,
      required: true,
      inCalls: 'saml.metadataXml',
    },
  ],
  entityId: [
    {
      name: 'entityId',
      label: 'Entity ID (issuer)',
      kind: 'line',
      most: 1024,
      required: true,
      inCalls: 'saml.entityId',
    },
    {
      name: 'ssoUrl',
      label: 'Single sign-on URL',
      kind: 'line',
      type: 'url',
      most: 2048,
      required: true,
      inCalls: 'saml.ssoUrl',
    },
    {
      name: 'certificate',
      label: 'Signing certificate (PEM or Base64)',
      kind: 'text',
      rows: 8,
      required: true,
      inCalls: 'saml.certificates',
    },
  ],
  issuer: [
    {
      name: 'issuer',
      label: 'Issuer',
      kind: 'line',
      type: 'url',
      most: 1024,
      required: true,
      inCalls: 'oidc.issuer',
    },
    {
      name: 'clientId',
      label: 'Client ID',
      kind: 'line',
      most: 512,
      required: true,
      inCalls: 'oidc.clientId',
    },
    {
      name: 'clientSecret',
      label: 'Client secret',
      kind: 'secret',
      most: 2048,
      inCalls: 'oidc.clientSecret',
    },
  ],
} as const satisfies Record<string, readonly Field[]>;

/** Each form is known by the first of its fields. */
export type SetupFormName = keyof typeof SETUP_FIELDS;
