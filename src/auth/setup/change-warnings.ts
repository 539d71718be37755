import type { SetupView } from '../../sso-connections/setup-links/setup-view.service';

/** What only the change itself can warn of, by code; the rest is told by the settings, whenever they are shown. */
const SENTENCES: Readonly<Record<string, string>> = {
  client_secret_end_forgotten:
    'The day on which the client secret before ended has gone with it. Enter that of the new one, or nobody is told before.',
  metadata_expired: 'The metadata was valid until a time now past.',
  metadata_read_no_more:
    'Metadata is read from no address any more: a new certificate of the identity provider has to be entered here.',
  metadata_signature_unverified:
    'The metadata carries a signature that does not hold. Nobody has demanded one, so it was taken all the same.',
  sso_post_only: 'The identity provider accepts sign-in requests by HTTP-POST only.',
  sso_url_not_https: 'The single sign-on URL is not https.',
};

/**
 * What has just been done, and what it warned of, for the address of the page that says so: a page that is loaded again
 * must not send the form once more, over what somebody else has changed meanwhile.
 */
export function queryOf(done: string, warnings: readonly { readonly code: string }[] = []): string {
  const warned = [...new Set(warnings.map(({ code }) => code))].filter((code) => code in SENTENCES);
  return new URLSearchParams({ done, ...(warned.length > 0 && { warned: warned.join('.') }) }).toString();
}

/** The view with what its address says was warned of. */
export function withWarnings<View extends SetupView>(view: View, warned = ''): View {
  const { connection, readBefore } = view;
  const sentences: typeof SENTENCES = {
    ...SENTENCES,
    ...(readBefore !== null && { metadata_read_no_more: readNoMore(readBefore) }),
  };
  const found = warned
    .split('.')
    .flatMap((code) => (Object.hasOwn(sentences, code) ? { code, detail: sentences[code]! } : []));
  return { ...view, connection: { ...connection, warnings: [...connection.warnings, ...found] } };
}

const readNoMore = (url: string): string =>
  `The metadata at ${url} is read no more: a new certificate of the identity provider has to be entered here, or that address once more.`;
