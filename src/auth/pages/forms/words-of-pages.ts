import { Problem } from '../../../http/problems';
import { SECTIONS } from '../sections';

/** What a page says in place of what a caller is told. */
interface Said {
  readonly detail: string;
  readonly errors?: Problem['extra']['errors'];
  /** Where the person can go on, where that is not the page they came from. */
  readonly next?: { readonly href: string; readonly label: string };
}

const { members, settings } = SECTIONS;
const TO_SETTINGS = { href: settings.path, label: `Go to ${settings.label}` };
const TO_MEMBERS = { href: members.path, label: `Go to ${members.label}` };

const says = (detail: string, next?: Said['next']) => (): Said => ({ detail, ...(next && { next }) });

/** Said beside the issuer, which has the focus then. */
const atIssuer = (message: string): Said => ({
  detail: 'This issuer cannot be used.',
  errors: [{ field: 'oidc.issuer', message }],
});

const atDomain = (message: string): Said => ({
  detail: 'This domain cannot be added.',
  errors: [{ field: 'domain', message }],
});

/** Refusals whose own sentence speaks of calls and their fields, or leaves open what is to be done, by code. */
const SAID: Readonly<Record<string, (problem: Problem) => Said>> = {
  connection_incomplete: says(
    'Nothing is known of the identity provider yet. Press “Set up” beside the connection, and fill in step 2 of what opens; then it can be tested.',
  ),
  test_required: says(
    'These settings have not passed a test sign-in yet. Press “Test sign-in” beside the connection and sign in at your identity provider; once the test has passed, press “Activate”.',
  ),
  oidc_discovery_failed: ({ detail }) =>
    atIssuer(
      `${detail} Compare it with what your identity provider shows as issuer, letter by letter. If it publishes no such document, enter its endpoints too.`,
    ),
  oidc_issuer_mismatch: ({ detail }) => atIssuer(detail),
  oidc_issuer_invalid: ({ detail }) => atIssuer(detail),
  metadata_unreachable: ({ detail }) => ({
    detail: 'No metadata came from there.',
    errors: [
      {
        field: 'saml.metadataUrl',
        message: `${detail} Open the address in a browser: it has to show XML to everybody. Or paste that XML.`,
      },
    ],
  }),
  domain_invalid: ({ detail }) => atDomain(detail),
  domain_is_free_mail: ({ detail }) => atDomain(`${detail} Enter a domain of your company.`),
  domain_is_public_suffix: ({ detail }) => atDomain(`${detail} Enter the name below it that is yours.`),
  domain_exists: () =>
    atDomain('It is in the list already: press “Check now” there once its TXT record is published.'),
  domain_taken: ({ detail }) => ({
    detail: `${detail} Whoever manages that one has to give it up there first.`,
  }),
  domain_not_verified: ({ detail, extra: { errors } }) => ({
    detail: `${detail} Publish the record as the list shows it, then press “Check now” once more.`,
    ...(errors && { errors }),
  }),
  nothing_to_change: says('Nothing was filled in: enter what your identity provider shows, then send it.'),
  tenant_pin_required: () =>
    atIssuer(
      'It speaks for every organisation. Enter that of yours, which names its tenant: https://login.microsoftonline.com/, the “Directory (tenant) ID”, then /v2.0. Or keep it, and enter that ID where the form asks for it.',
    ),
  oidc_client_authentication_unsupported: says(
    'The provider lets no client prove itself by a secret. Allow client_secret_basic or client_secret_post there for this client, then send this again. Or let an admin make a key of ours, on the page of the connection in the console, and choose that.',
  ),
  client_secret_required: ({ detail }) => ({
    detail,
    errors: [
      {
        field: 'oidc.clientSecret',
        message: 'Enter it here too: one that was given for something else is not sent.',
      },
    ],
  }),
  client_key_required: says(
    'There is no key of ours to sign with yet. An admin makes it in the console, at the end of the page of the connection; then give the provider its address, which stands in step 1, and choose this again.',
  ),
  sso_post_url_required: () => ({
    detail: 'Sign-in requests cannot travel by HTTP-POST.',
    errors: [
      {
        field: 'saml.requestBinding',
        message:
          'Nothing is known of where the identity provider takes posted requests: read metadata that names it in step 2, or enter it there under “Or enter the single values”.',
      },
    ],
  }),
  metadata_several_identity_providers: ({ detail }) => ({
    detail: detail.replace(/; say which by its entityId, or give/, '. Give'),
  }),
  enforcement_depends_on_it: ({ detail }) => ({
    detail: detail.replace(
      / Turn enforcement off first\.$/,
      ` Take the tick off “Refuse passwords” in ${settings.label}, Single sign-on, first.`,
    ),
    next: TO_SETTINGS,
  }),
  break_glass_required: says(
    `While passwords are refused, one admin who keeps theirs must remain, with a second factor. Tick another one in ${settings.label}, Single sign-on, first.`,
    TO_SETTINGS,
  ),
  break_glass_depends_on_it: says(
    'While passwords are refused, you are the last admin who keeps a password, and need a second factor for it. Set up another factor first.',
  ),
  member_removed: ({ detail }) => ({
    detail: detail.replace(
      /; restore them first\.$/,
      '. Restore the member first: they stand among the removed ones.',
    ),
    ...(detail.includes('restore') && { next: TO_MEMBERS }),
  }),
  already_invited: says(
    'This address has an open invitation. Find it below “Invited”: mail a new link from there, or revoke it first.',
    TO_MEMBERS,
  ),
  review_too_large: ({ detail }) => ({
    detail: `${detail.split(':')[0]}, and there are more. Several, each of some of them, are begun by the calls of the API.`,
    next: { href: '/docs', label: 'Go to the calls of the API' },
  }),
  api_key_rotated: says(
    'Another key stands in its place already: you find it in the list, by the same name.',
  ),
  api_key_expired: says(
    'This key has expired, for good: put a new one in its place, on its page, or make another one.',
  ),
  payload_too_large: says(
    'That is more than a form may send (1 MiB). Where it is metadata, give its address in place of it.',
  ),
  rate_limited: ({ detail, extra }) => ({
    detail: detail.startsWith('Too many calls')
      ? `Those were too many pages and forms in a short time. Wait ${extra.headers?.['retry-after'] ?? 'some'} seconds, then do it once more.`
      : detail,
  }),
  forbidden: ({ detail }) => ({
    detail: detail.replace(
      /^This needs the permission (\S+)\.$/,
      'Your role does not allow this: it takes the permission $1. An admin of the workspace can give you another role.',
    ),
  }),
};

/** A problem with other words. */
class InWordsOfPages extends Problem {
  override readonly name = 'InWordsOfPages';

  constructor({ status, code, extra }: Problem, { detail, errors, next = extra.next }: Said) {
    const { errors: _, ...others } = extra;
    super(status, code, detail, { ...others, ...(errors && { errors }), ...(next && { next }) });
  }
}

/** The problem as pages tell of it; as it is where its own words are theirs as well. */
export const inWordsOfPages = (problem: Problem): Problem =>
  Object.hasOwn(SAID, problem.code) ? new InWordsOfPages(problem, SAID[problem.code]!(problem)) : problem;
