import { BadRequest } from '../http/problems';
import { detectProvider, isOtherProvider } from './detected-provider';
import type { SetupWarning } from './idp-certificate';
import type { SamlRequestOptionsDto } from './saml-request-options.dto';
import type { SamlSettings } from './saml-settings.entity';

/** The options as they are stored; what was not said is absent. The endpoints among them are part of a description. */
export function requestOptionsOf(
  input: SamlRequestOptionsDto & { nameIdFormat?: string | null },
): Partial<SamlSettings> {
  const { requestBinding, signRequests, forceAuthn, requestedAuthnContext, allowIdpInitiated, nameIdFormat } =
    input;
  const options = {
    ...{ requestBinding, signRequests, forceAuthn, allowIdpInitiated, nameIdFormat },
    requestedAuthnContext: requestedAuthnContext && { ...requestedAuthnContext },
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

type Considered = Partial<
  Pick<
    SamlSettings,
    | 'entityId'
    | 'ssoUrl'
    | 'ssoPostUrl'
    | 'requestBinding'
    | 'requestedAuthnContext'
    | 'nameIdFormat'
    | 'allowWeakEncryption'
  >
>;

/** Refuses settings that could not work together, while somebody is there to read why. Throws 400. */
export function refuseImpossibleRequests(settings: Considered): void {
  const {
    entityId = '',
    ssoUrl = '',
    ssoPostUrl,
    requestBinding,
    requestedAuthnContext,
    nameIdFormat,
  } = settings;
  if (nameIdFormat?.endsWith(':transient')) {
    throw new BadRequest(
      'name_id_transient_refused',
      'A transient NameID is another one at each sign-in, so nobody could be recognised by it: ask for a persistent one or the email address.',
      [{ field: 'saml.nameIdFormat', message: 'This must not be transient.' }],
    );
  }
  if (requestBinding === 'post' && !ssoPostUrl) {
    throw new BadRequest(
      'sso_post_url_required',
      'Requests can be posted only where the identity provider takes them: give metadata with its HTTP-POST single sign-on URL, or that URL (ssoPostUrl), or set requestBinding to "redirect".',
      [{ field: 'saml.ssoPostUrl', message: 'This is needed together with requestBinding "post".' }],
    );
  }
  const comparison = requestedAuthnContext?.comparison ?? 'exact';
  if (comparison !== 'exact' && detectProvider([entityId, ssoUrl])?.provider === 'entra') {
    throw new BadRequest(
      'authn_context_comparison_refused',
      'Microsoft Entra ID refuses requests whose comparison is not "exact".',
      [{ field: 'saml.requestedAuthnContext.comparison', message: 'This must be "exact".' }],
    );
  }
}

/** What stops nothing, but that an administrator should know about these settings as a whole. */
export function setupWarnings(
  provider: string,
  settings: Considered & { sloUrl?: string | null },
): SetupWarning[] {
  const { entityId = '', ssoUrl = '', ssoPostUrl, sloUrl } = settings;
  const detected = detectProvider([entityId, ssoUrl]);
  const warnings: SetupWarning[] = [];
  if (detected && isOtherProvider(provider, detected)) {
    warnings.push({
      code: 'provider_mismatch',
      detail: `The settings are those of ${detected.provider}, not of ${provider}: instructions and checks follow the product, so pick the right one.`,
    });
  }
  if ([ssoPostUrl, sloUrl].some((url) => url?.startsWith('http:'))) {
    warnings.push({ code: 'url_not_https', detail: 'A URL of the identity provider is not https.' });
  }
  if (settings.allowWeakEncryption) {
    warnings.push({
      code: 'weak_encryption_accepted',
      detail:
        'Answers may be encrypted with RSA 1.5 and AES-CBC: whoever gets hold of one can find out what is in it by sending altered copies. Take that back as soon as the identity provider can do RSA-OAEP and AES-GCM.',
    });
  }
  return warnings;
}
