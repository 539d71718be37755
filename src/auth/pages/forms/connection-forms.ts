import { SECTIONS } from '../sections';
import { exactly, type Form } from './console-forms';
import { PROVIDERS } from './providers';

const of = (form: string): RegExp => exactly(`${SECTIONS.connections.path}/connections/[^/]+/${form}`);

/** What admins alone say of a connection, by the last part of its path. */
export const CONNECTION_FORMS = {
  name: {
    path: of('name'),
    fields: [
      { name: 'name', label: 'Name', kind: 'line', most: 80, required: true },
      {
        name: 'provider',
        label: 'Your identity provider',
        kind: 'choice',
        choices: PROVIDERS,
        help: 'These pages, and what is said of a sign-in that failed, use its words.',
      },
    ],
  },
  signIns: {
    path: of('sign-ins'),
    fields: [
      {
        name: 'signed',
        label: 'Your identity provider signs',
        kind: 'choice',
        choices: {
          assertion: 'the assertion, as most do',
          response: 'the response',
          both: 'both; neither may be missing',
        },
        inCalls: 'saml.signed',
      },
      {
        name: 'forceAuthn',
        label: 'People show anew who they are each time, though they are signed in there (ForceAuthn)',
        kind: 'box',
        inCalls: 'saml.forceAuthn',
      },
      {
        name: 'allowIdpInitiated',
        label:
          'A tile at the identity provider may begin a sign-in (IdP-initiated); it starts an ordinary one',
        kind: 'box',
        inCalls: 'saml.allowIdpInitiated',
      },
      {
        name: 'classRefs',
        label: 'Ways of signing in, one per line; empty: as the identity provider likes',
        kind: 'lines',
        hint: 'https://refeds.org/profile/mfa',
        help: 'They are asked for in every request (RequestedAuthnContext), by their AuthnContextClassRef.',
        inCalls: 'saml.requestedAuthnContext.classRefs',
      },
      {
        name: 'comparison',
        label: 'The way that people take has to be',
        kind: 'choice',
        choices: {
          exact: 'one of them',
          minimum: 'one of them, or a stronger one',
          better: 'stronger than each of them',
          maximum: 'no stronger than one of them',
        },
        help: 'Whether it is one of them is checked here; what is stronger, the identity provider alone knows.',
        onSomePages: true,
        inCalls: 'saml.requestedAuthnContext.comparison',
      },
    ],
  },
  oidcSignIns: {
    path: of('sign-ins/oidc'),
    fields: [
      {
        name: 'maxAge',
        label: 'A sign-in at the identity provider may be so many seconds old; empty: of any age',
        kind: 'number',
        least: 0,
        most: 31_536_000,
        help: 'For where sessions there last longer than you want to rely on them; 0: people sign in anew each time. It is asked for (max_age) and checked: an answer that does not say when the person signed in (auth_time) is refused, so test it.',
        inCalls: 'oidc.maxAge',
      },
      {
        name: 'prompt',
        label: 'The identity provider asks people',
        kind: 'choice',
        choices: {
          '': 'what it likes',
          login: 'to sign in anew (login)',
          select_account: 'for an account (select_account)',
          consent: 'to agree (consent)',
        },
        help: 'For people with several accounts there, who otherwise come in by the wrong one, or for computers that several people share. It is asked for (prompt) and cannot be checked.',
        inCalls: 'oidc.prompt',
      },
      {
        name: 'acrValues',
        label: 'Ways of signing in, the best first, one per line; empty: as the identity provider likes',
        kind: 'lines',
        hint: 'phr',
        help: 'They are asked for in every request (acr_values), by the names that they have at the identity provider.',
        inCalls: 'oidc.acrValues',
      },
      {
        name: 'acrRequired',
        label: 'Only who signed in by one of them comes in',
        kind: 'box',
        help: 'Otherwise they are a wish. An answer that names none of them (acr) is refused then, so test it.',
        inCalls: 'oidc.acrRequired',
      },
    ],
  },
  messages: {
    path: of('messages'),
    fields: [
      {
        name: 'nameIdFormat',
        label: 'Name ID that is asked for',
        kind: 'choice',
        choices: {
          '': 'any: as it is set there',
          'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent': 'a lasting one (persistent)',
          'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress': 'the email address (emailAddress)',
          'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified': 'unspecified',
          'urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName':
            'WindowsDomainQualifiedName',
          'urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName': 'X509SubjectName',
          'urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos': 'kerberos',
        },
        help: 'For identity providers that refuse a request without a format (NameIDPolicy), or choose an ID that changes. By another format people come with another ID, and are recognised by their email address then.',
        inCalls: 'saml.nameIdFormat',
      },
      {
        name: 'requestBinding',
        label: 'Sign-in requests travel',
        kind: 'choice',
        choices: {
          redirect: 'in the address (HTTP-Redirect)',
          post: 'in a form (HTTP-POST)',
        },
        help: 'HTTP-POST is for identity providers that take nothing else, and needs their URL for it, out of metadata or from step 2. Answers come by HTTP-POST either way; how logging out travels is said by metadata, or in step 2.',
        inCalls: 'saml.requestBinding',
      },
      {
        name: 'signRequests',
        label: 'Sign-in requests are signed (RSA-SHA256)',
        kind: 'box',
        help: 'Take the tick off only for an identity provider that refuses signed ones: by the signature it knows that a request is ours.',
        inCalls: 'saml.signRequests',
      },
      {
        name: 'allowWeakEncryption',
        label: 'Old ways of encryption are accepted (RSA 1.5, AES-CBC)',
        kind: 'box',
        help: 'This weakens the connection: whoever gets hold of an encrypted answer can find out what is in it by sending altered copies of it here. Only for products with nothing better, such as SimpleSAMLphp 1.19; unencrypted answers, which travel by TLS, need nothing here.',
        inCalls: 'saml.allowWeakEncryption',
      },
    ],
  },
  nextKey: {
    path: of('keys/[^/]+/activate'),
    fields: [
      {
        name: 'overlapDays',
        label: 'The key before stays published',
        kind: 'choice',
        choices: {
          '0': 'no longer: it goes at once',
          '7': 'for a week',
          '30': 'for 30 days',
          '90': 'for 90 days',
        },
        help: 'So long the identity provider may go on encrypting for it, and checking by it what was signed before.',
      },
    ],
  },
} as const satisfies Record<string, Form>;
