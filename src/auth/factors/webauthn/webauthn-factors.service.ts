import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { AuditTrail } from '../../../audit/audit-trail';
import { Database } from '../../../database/database';
import type { Occasion } from '../factor-answer';
import { FactorChallenges } from '../factor-challenges.service';
import { actorOf, type FactorOwner } from '../factor-owner';
import { InvalidPasskey } from '../invalid-code';
import { clientDataOf, hashChallenge, readAssertion, readRegistration } from './authenticator-response';
import { type Assertion, type CredentialRef, type CredentialRecord, RelyingParty } from './relying-party';

const CHALLENGE_SECONDS = 5 * 60;
const HANDLE_BYTES = 32;

interface CredentialRow {
  factor_id: string;
  credential_id: Buffer;
  public_key: Buffer;
  backup_eligible: boolean;
  transports: string[];
}

const COLUMNS = 'factor_id, credential_id, public_key, backup_eligible, transports';

/** Passkeys and security keys of members of the workspace in flight. */
@Injectable()
export class WebauthnFactors {
  constructor(
    private readonly database: Database,
    private readonly party: RelyingParty,
    private readonly challenges: FactorChallenges,
    private readonly trail: AuditTrail,
  ) {}

  /** What the browser needs to make a credential for a factor that is still to be confirmed. */
  async creationOptions(
    { memberId, email }: FactorOwner,
    factorId: string,
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const known = await this.database.query<CredentialRow>(
      `select ${COLUMNS} from webauthn_credentials
        where factor_id in (select id from factors where member_id = $1)`,
      [memberId],
    );
    const [workspace] = await this.database.query<{ slug: string }>(
      'select slug from workspaces where id = $1',
      [this.database.workspaceId],
    );
    const handle = await this.handleOf(memberId);
    // Somebody may have a passkey in each of several workspaces, and must be able to tell them apart.
    const user = { handle, name: `${email} (${workspace!.slug})`, displayName: email };
    const options = await this.party.creationOptions(user, known.map(refOf));
    await this.issue(factorId, { purpose: 'enrolment', id: factorId }, options.challenge);
    return options;
  }

  /** Keeps the credential that was made for this factor. Throws 401 `invalid_passkey`. */
  async keep(factorId: string, given: unknown): Promise<string[]> {
    await this.take(factorId, { purpose: 'enrolment', id: factorId }, readRegistration(given));
    const record = await this.party.verifyRegistration(given);
    const kept = await this.insert(factorId, record);
    if (!kept) throw new InvalidPasskey('credential_known');
    return wordsFor(record.backupEligible);
  }

  /** What the browser needs to answer with the credential of this factor. */
  async requestOptions(factorId: string, occasion: Occasion): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const credential = await this.find('factor_id = $1', [factorId]);
    const options = await this.party.requestOptions(credential ? [refOf(credential)] : [], 'preferred');
    await this.issue(factorId, occasion, options.challenge);
    return options;
  }

  /** Takes an answer made with the credential of this factor. Throws 401 `invalid_passkey`. */
  async use(owner: FactorOwner, factorId: string, given: unknown, occasion: Occasion): Promise<string[]> {
    await this.take(factorId, occasion, readAssertion(given));
    const credential = await this.find('factor_id = $1', [factorId]);
    if (!credential) throw new InvalidPasskey('unknown_credential');
    return this.accept(owner, credential, given, { requireUserVerification: false });
  }

  /** Whose passkey it is that the person picked: by the handle it was made for, and the credential. */
  async findOwned(
    handle: Buffer,
    credentialId: string,
  ): Promise<{ memberId: string; factorId: string } | undefined> {
    const [found] = await this.database.query<{ memberId: string; factorId: string }>(
      `select f.member_id as "memberId", f.id as "factorId"
         from webauthn_users u
         join factors f on f.member_id = u.member_id and f.type = 'webauthn' and f.confirmed_at is not null
         join webauthn_credentials c on c.factor_id = f.id
        where u.handle = $1 and c.credential_id = $2`,
      [handle, Buffer.from(credentialId, 'base64url')],
    );
    return found;
  }

  /** As use(), with nothing beside it: the authenticator must have made sure who the person is. */
  async useAlone(owner: FactorOwner, factorId: string, given: unknown): Promise<string[]> {
    const credential = await this.find('factor_id = $1', [factorId]);
    if (!credential) throw new InvalidPasskey('unknown_credential');
    return this.accept(owner, credential, given, { requireUserVerification: true });
  }

  private async accept(
    owner: FactorOwner,
    { factor_id: factorId, credential_id, public_key, backup_eligible }: CredentialRow,
    given: unknown,
    demands: { requireUserVerification: boolean },
  ): Promise<string[]> {
    const record = { credentialId: credential_id, publicKey: public_key };
    const assertion = await this.party.verifyAssertion(given, record, demands);
    if (assertion.backupEligible !== backup_eligible) throw new InvalidPasskey('backup_eligibility_changed');
    if (!(await this.noteUse(factorId, assertion))) {
      this.noteCopy(owner, factorId, assertion);
      throw new InvalidPasskey('counter_went_back');
    }
    return wordsFor(backup_eligible);
  }

  /** One conditional update: of two answers with the same count, one is taken. */
  private async noteUse(factorId: string, { signCount, backedUp }: Assertion): Promise<boolean> {
    const noted = await this.database.query(
      `with counted as (
         update webauthn_credentials set sign_count = $2, backed_up = $3
          where factor_id = $1 and (sign_count < $2 or sign_count = 0 and $2 = 0) returning factor_id)
       update factors set last_used_at = now() where id in (select factor_id from counted) returning id`,
      [factorId, signCount, backedUp],
    );
    return noted.length > 0;
  }

  /** A count that goes back: two devices sign with the same key. On record although the answer is refused. */
  private noteCopy(owner: FactorOwner, factorId: string, { signCount }: Assertion): void {
    const { workspaceId } = this.database;
    this.database.afterwards(() =>
      this.database.inWorkspace(workspaceId, async () =>
        this.trail.record({
          type: 'auth.factor_copied',
          target: { type: 'factor', id: factorId },
          actor: actorOf(owner),
          data: { memberId: owner.memberId, signCount },
        }),
      ),
    );
  }

  private async insert(factorId: string, record: CredentialRecord): Promise<boolean> {
    const { credentialId, publicKey, signCount, transports, aaguid, backupEligible, backedUp } = record;
    const inserted = await this.database.query(
      `insert into webauthn_credentials
         (factor_id, credential_id, public_key, sign_count, transports, aaguid, backup_eligible, backed_up)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning factor_id`,
      [factorId, credentialId, publicKey, signCount, transports, aaguid, backupEligible, backedUp],
    );
    return inserted.length > 0;
  }

  /** The same for all passkeys of a member; begins with the workspace, so that a passkey alone leads there. */
  private async handleOf(memberId: string): Promise<Buffer> {
    const workspace = Buffer.from(this.database.workspaceId.replaceAll('-', ''), 'hex');
    const [user] = await this.database.query<{ handle: Buffer }>(
      `insert into webauthn_users (member_id, handle) values ($1, $2)
       on conflict (member_id) do update set handle = webauthn_users.handle returning handle`,
      [memberId, Buffer.concat([workspace, randomBytes(HANDLE_BYTES)])],
    );
    return user!.handle;
  }

  private issue(factorId: string, occasion: Occasion, challenge: string): Promise<void> {
    return this.challenges.issue(factorId, occasion, hashChallenge(challenge), CHALLENGE_SECONDS);
  }

  private async take(
    factorId: string,
    occasion: Occasion,
    response: Parameters<typeof clientDataOf>[0],
  ): Promise<void> {
    const { challenge } = clientDataOf(response);
    if (!(await this.challenges.take(factorId, occasion, hashChallenge(challenge))))
      throw new InvalidPasskey('unknown_challenge');
  }

  private async find(condition: string, parameters: unknown[]): Promise<CredentialRow | undefined> {
    const [row] = await this.database.query<CredentialRow>(
      `select ${COLUMNS} from webauthn_credentials where ${condition}`,
      parameters,
    );
    return row;
  }
}

/** RFC 8176: somebody was there, with a key; one that is copied between devices is not secured by hardware. */
const wordsFor = (backupEligible: boolean): string[] => [backupEligible ? 'swk' : 'hwk', 'user'];

const refOf = ({ credential_id, transports }: CredentialRow): CredentialRef => ({
  id: credential_id.toString('base64url'),
  transports,
});

/** The workspace a user handle leads to; undefined for what is no handle of ours. */
export function workspaceOfHandle(handle: Buffer): string | undefined {
  if (handle.length !== 16 + HANDLE_BYTES) return undefined;
  return handle
    .subarray(0, 16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
