import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { NotFound, Unauthorized, ValidationFailed } from '../../http/problems';
import { LeakedCredentials } from '../../leaks/leaked-credentials';
import { LabelledTokenDto, readFindings } from './leaks.dto';
import { PartnerSignatures } from './partner-signatures';

const MOST_FINDINGS = 1_000;

export interface SignedReport {
  readonly raw: Buffer;
  readonly body: unknown;
  readonly keyId: string;
  readonly signature: string;
}

/** Handles reports of leaked credentials, from partners by signature and from anybody who holds one. */
@Injectable()
export class LeakReports {
  constructor(
    private readonly signatures: PartnerSignatures,
    private readonly credentials: LeakedCredentials,
    private readonly trail: AuditTrail,
  ) {}

  async ofHolder(key: string): Promise<void> {
    this.trail.nothingChanged();
    await this.credentials.report(key, { by: 'holder' });
  }

  /**
   * Labels each text, in their order. Throws 404 where the operator expects no partner, 401 `invalid_signature`
   * before anything of the body is looked at, and 400 `validation_failed`.
   */
  async ofPartner({ raw, body, keyId, signature }: SignedReport): Promise<LabelledTokenDto[]> {
    if (!this.signatures.areExpected) throw new NotFound('Partner');
    if (!(await this.signatures.isGood(raw, keyId, signature))) {
      throw new Unauthorized(
        'invalid_signature',
        'This report was not signed with a key that is known here.',
      );
    }
    const findings = readFindings(body, MOST_FINDINGS);
    if (!findings) {
      const message = `The body must be a list of {token, type, url, source}, ${MOST_FINDINGS} at most.`;
      throw new ValidationFailed([{ field: '', message }]);
    }
    this.trail.nothingChanged();
    const labelled: LabelledTokenDto[] = [];
    for (const finding of findings) {
      const { token, url, source } = finding;
      const isOurs = await this.credentials.report(token, { by: 'partner', url: url ?? undefined, source });
      labelled.push(LabelledTokenDto.of(finding, isOurs));
    }
    return labelled;
  }
}
