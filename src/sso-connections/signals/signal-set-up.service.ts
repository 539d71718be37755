import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { ValidationFailed } from '../../http/problems';
import { OutboundClient } from '../../outbound/outbound.client';
import { ConnectionReader } from '../connection-reader.service';
import type { ConnectionWithSettings } from '../connection.dto';
import { signalAddresses } from '../connection-urls';
import { ConnectionSignals, type SignalSettings } from './connection-signals.service';
import { organisationKeys, type RevocationTrust } from './revocation-trust';
import type {
  ChangedSignalsDto,
  EventStreamInputDto,
  RevocationInputDto,
  SignalsInputDto,
} from './signals.dto';
import { discoverTransmitterKeys } from './ssf-discovery';

/** Configures who may end sessions from outside: first the requests to other servers, then one transaction. */
@Injectable()
export class SignalSetUp {
  constructor(
    private readonly database: Database,
    private readonly reader: ConnectionReader,
    private readonly signals: ConnectionSignals,
    private readonly outbound: OutboundClient,
    private readonly config: Config,
  ) {}

  /** Throws 404, and 400 naming the field or what is wrong with the transmitter. */
  async replace(workspaceId: string, id: string, { gtr, ssf }: SignalsInputDto): Promise<ChangedSignalsDto> {
    const found = await this.database.inWorkspace(workspaceId, () => this.reader.get(id));
    const settings: SignalSettings = {
      gtr: gtr ? revocationTrust(gtr, found) : null,
      ssf: ssf ? await this.eventStream(ssf, found) : null,
    };
    return this.database.inWorkspace(workspaceId, () => this.signals.replace(id, settings));
  }

  private async eventStream(
    { issuer, audience, jwksUri, authorization }: EventStreamInputDto,
    { connection }: ConnectionWithSettings,
  ): Promise<NonNullable<SignalSettings['ssf']>> {
    refuseBadIssuer('ssf.issuer', issuer);
    const keys =
      jwksUri ?? (await discoverTransmitterKeys(issuer, (request) => this.outbound.request(request)));
    refuseBadAddress('ssf.jwksUri', keys, issuer);
    const { eventsUrl } = signalAddresses(this.config.publicUrl, connection);
    return { issuer, audience: audience ?? eventsUrl, jwksUri: keys, authorization };
  }
}

function revocationTrust(
  { issuer, subject, jwksUri }: RevocationInputDto,
  { oidc }: ConnectionWithSettings,
): RevocationTrust {
  refuseBadIssuer('gtr.issuer', issuer);
  const who = subject ?? oidc?.clientId;
  if (who === undefined)
    throw new ValidationFailed([
      { field: 'gtr.subject', message: 'This is needed where no client ID is known.' },
    ]);
  const keys = jwksUri ?? organisationKeys(issuer);
  refuseBadAddress('gtr.jwksUri', keys, issuer);
  return { issuer, subject: who, jwksUri: keys };
}

function refuseBadIssuer(field: string, issuer: string): void {
  refuseBadAddress(field, issuer, issuer);
  if (/[?#\s\\]/.test(issuer))
    throw new ValidationFailed([{ field, message: 'This must be an https URL without query or fragment.' }]);
}

/** Plain http is for an issuer that is itself at such an address, which only an operator can allow. */
function refuseBadAddress(field: string, text: string, issuer: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const allowed = issuer.startsWith('http:') ? ['https:', 'http:'] : ['https:'];
  if (!url || !allowed.includes(url.protocol) || url.hash || url.username || url.password || /\s/.test(text))
    throw new ValidationFailed([{ field, message: 'This must be an https URL.' }]);
}
