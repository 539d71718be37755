import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Config } from '../../config/config';
import type { PresentedCredential } from '../../crypto/credential';
import { Conflict, ValidationFailed } from '../../http/problems';
import {
  type AcceptedInvitation,
  InvitationAcceptanceService,
  type Newcomer,
  type OpenInvitation,
  passwordAlreadySet,
  providerAlone,
} from '../../members/invitations/invitation-acceptance.service';
import { type KnownAccount, KnownPassword } from '../password/known-password.service';
import { NewPasswords } from '../password/rules/new-passwords.service';
import type { AcceptInvitationDto } from './accept-invitation.dto';
import type { NextStep } from './next-step';

/** Accepting an invitation, with the password that the person will sign in with from now on. */
@Injectable()
export class AcceptInvitationService {
  constructor(
    private readonly invitations: InvitationAcceptanceService,
    private readonly known: KnownPassword,
    private readonly passwords: NewPasswords,
    private readonly config: Config,
  ) {}

  /**
   * What the link offers. Throws as the acceptance does, and 409 `signed_in_as_other` for whoever is signed in as
   * somebody else: an invitation is bound to its address.
   */
  async examine(token: string, visitor: UserPrincipal | undefined): Promise<OpenInvitation> {
    const open = await this.invitations.examine(token);
    const isTheirs = !visitor || visitor.email === open.email || visitor.id === open.userId;
    if (isTheirs) return open;
    throw new Conflict(
      'signed_in_as_other',
      `You are signed in as ${visitor.email}, and this invitation is for ${open.email}: sign out first.`,
    );
  }

  /** The link, if it is ours, whatever has become of it. */
  sent(token: string): Promise<PresentedCredential | undefined> {
    return this.invitations.sent(token);
  }

  /**
   * An account that has a password keeps it: whoever sends one along must know it. Throws what `examine` throws, 400
   * `validation_failed` for a missing password, 400 `password_…` for one that is not good enough, 409
   * `password_already_set` for another one, 429 `rate_limited` for too many of them, and 403 `sso_required` where the
   * identity provider alone lets people in.
   */
  async accept(
    { token, password, name }: AcceptInvitationDto,
    visitor: UserPrincipal | undefined,
  ): Promise<AcceptedInvitation & { readonly signIn: NextStep }> {
    // First the link, then the slow hash: strangers cannot keep the processor busy.
    const open = await this.examine(token, visitor);
    const chosen = await this.chosen(open, password);
    const accepted = await this.invitations.accept(token, { name, ...chosen });
    return { ...accepted, signIn: this.nextStep(open) };
  }

  /** A new password; undefined when none is to be set. */
  private async chosen(
    invitation: OpenInvitation,
    password: string | undefined,
  ): Promise<Pick<Newcomer, 'passwordHash' | 'passwordNeedsFactor'> | undefined> {
    const { passwordHash, connection, ssoEnforced } = invitation;
    if (password === undefined) {
      if (passwordHash !== null || connection) return undefined;
      throw new ValidationFailed([{ field: 'password', message: 'Choose a password to sign in with.' }]);
    }
    if (passwordHash !== null) {
      await this.refuseWrong(invitation, password);
      return undefined;
    }
    if (ssoEnforced) throw providerAlone();
    const { email, workspaceName, workspaceSlug, asksForFactor: hasFactor } = invitation;
    const owner = { email, workspaces: [workspaceName, workspaceSlug], hasFactor };
    const { hash, needsFactor } = await this.passwords.make(password, owner);
    return { passwordHash: hash, passwordNeedsFactor: needsFactor };
  }

  /** Guesses count as at a sign-in. Throws 409 `password_already_set`, 429 `rate_limited`. */
  private async refuseWrong(account: KnownAccount, password: string): Promise<void> {
    if (await this.known.isRight(account, password)) return;
    throw passwordAlreadySet();
  }

  private nextStep({ connection, ssoEnforced, passwordHash }: OpenInvitation): NextStep {
    if (!connection || (passwordHash !== null && !ssoEnforced)) return { method: 'password' };
    const loginUrl = `${this.config.publicUrl}/sso/${connection.type}/${connection.id}/login`;
    return { method: 'sso', loginUrl };
  }
}
