import { Injectable } from '@nestjs/common';
import { HOUR_MS } from '../../config/durations';
import { Conflict } from '../../http/problems';
import type { ConnectionWithSettings } from '../connection.dto';
import type { ConnectionChanges } from '../connection-admin.service';
import type { OidcSettings } from '../oidc-settings.entity';
import { ProviderSetUp, type SamlDescription } from '../provider-set-up.service';
import type { SamlSettings } from '../saml-settings.entity';
import { exposedEndpoint, movedEndpoint } from './moved-endpoints';

export interface Reread {
  readonly changes: ConnectionChanges;
  /** When to look again. */
  readonly nextDueAt: Date;
}

const SAML_HOURS = { least: 1, usual: 6, most: 24 };
const OIDC_HOURS = 24;

const OIDC_ENDPOINTS = [
  'authorizationEndpoint',
  'tokenEndpoint',
  'jwksUri',
  'userinfoEndpoint',
  'endSessionEndpoint',
] as const;
/** Where browsers are sent. */
const SAML_ENDPOINTS = ['ssoUrl', 'ssoPostUrl', 'sloUrl', 'sloResponseUrl'] as const;

/**
 * Reads a provider's metadata or discovery document again, and decides what may be applied without a person. The
 * administrator trusted the address of the document; so another identity at that address, or endpoints in another
 * domain, are refused and left to a person.
 */
@Injectable()
export class ProviderRereading {
  constructor(private readonly setUp: ProviderSetUp) {}

  /**
   * Waits for the provider, so it must run outside a transaction. Throws what ProviderSetUp throws, and 409
   * `nothing_to_refresh`, `metadata_entity_changed`, `metadata_expired`, `metadata_endpoint_moved`,
   * `oidc_endpoint_moved`. The result applies
   * only to the revision it was read for, because somebody may have entered another provider meanwhile.
   */
  async reread({ connection, saml, oidc }: ConnectionWithSettings, now: Date): Promise<Reread> {
    const { changes, nextDueAt } = await this.asked({ saml, oidc }, now);
    return { changes: { ...changes, judgedBy: connection.revision }, nextDueAt };
  }

  private async asked(
    { saml, oidc }: Pick<ConnectionWithSettings, 'saml' | 'oidc'>,
    now: Date,
  ): Promise<Reread> {
    if (saml?.metadataUrl) return this.rereadMetadata(saml, saml.metadataUrl, now);
    if (oidc && !oidc.manual) return this.rediscover(oidc, now);
    throw new Conflict('nothing_to_refresh', 'What this connection knows of its provider was typed in.');
  }

  private async rereadMetadata(saml: SamlSettings, metadataUrl: string, now: Date): Promise<Reread> {
    const { description, warnings, freshUntil } = await this.setUp.describeSaml({ metadataUrl }, now, saml);
    if (description.entityId !== saml.entityId) {
      throw new Conflict(
        'metadata_entity_changed',
        `The metadata now describes ${description.entityId}, not ${saml.entityId}. If that is right, set the connection up again.`,
      );
    }
    if (warnings.some(({ code }) => code === 'metadata_expired')) {
      throw new Conflict('metadata_expired', 'The metadata was valid until a time now past.');
    }
    refuseMovedSaml(saml, description);
    const { least, usual, most } = SAML_HOURS;
    const wanted = freshUntil ? (freshUntil.getTime() - now.getTime()) / HOUR_MS : usual;
    return {
      changes: { saml: description },
      nextDueAt: after(now, Math.min(most, Math.max(least, wanted))),
    };
  }

  /** How we identify ourselves at the provider stays as it was set up. */
  private async rediscover(oidc: OidcSettings, now: Date): Promise<Reread> {
    const found = await this.setUp.discover(oidc.issuer);
    const { authorizationEndpoint, tokenEndpoint, jwksUri, issParameterSupported } = found;
    const userinfoEndpoint = found.userinfoEndpoint ?? null;
    const endSessionEndpoint = found.endSessionEndpoint ?? null;
    const endpoints = { authorizationEndpoint, tokenEndpoint, jwksUri, userinfoEndpoint, endSessionEndpoint };
    refuseMoved(oidc, endpoints);
    return { changes: { oidc: { ...endpoints, issParameterSupported } }, nextDueAt: after(now, OIDC_HOURS) };
  }
}

function refuseMoved(before: OidcSettings, now: Pick<OidcSettings, (typeof OIDC_ENDPOINTS)[number]>): void {
  const known = [before.issuer, ...OIDC_ENDPOINTS.map((name) => before[name])];
  const moved = movedEndpoint(known, now);
  if (!moved) return;
  throw new Conflict(
    'oidc_endpoint_moved',
    `The provider now gives ${moved.url} as ${moved.name}, which is at another domain than before. If that is right, enter the issuer again.`,
  );
}

/**
 * Only the domains that browsers are sent to already are known: the metadata and the entity ID are often kept at the
 * domain of somebody else, such as a federation or the vendor.
 */
function refuseMovedSaml(before: SamlSettings, described: SamlDescription): void {
  const known = SAML_ENDPOINTS.map((name) => before[name]);
  const now = Object.fromEntries(SAML_ENDPOINTS.map((name) => [name, described[name]]));
  const moved = movedEndpoint(known, now);
  const found = moved ?? exposedEndpoint(known, now);
  if (!found) return;
  throw new Conflict(
    'metadata_endpoint_moved',
    `The metadata now gives ${found.url} as ${found.name}, which is ${moved ? 'at another domain than before' : 'no longer https'}. If that is right, enter the metadata URL again.`,
  );
}

const after = (now: Date, hours: number): Date => new Date(now.getTime() + hours * HOUR_MS);
