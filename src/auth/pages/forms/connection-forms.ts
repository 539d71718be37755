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
          both: 'both; neither signature may be missing',
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
          maximum: 'as strong as it can be, but no stronger than one of them',
        },
        help: 'Whether it is one of them is checked here; what is stronger, the identity provider alone knows.',
        onSomePages: true,
        inCalls: 'saml.requestedAuthnContext.comparison',
      },
    ],
  },
} as const satisfies Record<string, Form>;
