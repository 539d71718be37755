import { Injectable } from '@nestjs/common';
import { Conflict, ValidationFailed } from '../../http/problems';
import {
  type AcceptedInvitation,
  InvitationAcceptanceService,
} from '../../members/invitations/invitation-acceptance.service';
import { PasswordHasher } from '../password/password-hasher';
import { NewPasswords } from '../password/rules/new-passwords.service';
import type { AcceptInvitationDto } from './accept-invitation.dto';

/** Accepting an invitation, with the password that the person will sign in with from now on. */
@Injectable()
export class AcceptInvitationService {
  constructor(
    private readonly invitations: InvitationAcceptanceService,
    private readonly hasher: PasswordHasher,
    private readonly passwords: NewPasswords,
  ) {}

  /**
   * An account that has a password keeps it: whoever sends one along must know it. Throws what the acceptance
   * throws, 400 `validation_failed` for a missing password, 400 `password_…` for one that is not good enough, 409 `password_already_set` for another one.
   */
  async accept({ token, password, name }: AcceptInvitationDto): Promise<AcceptedInvitation> {
    // First the link, then the slow hash: strangers cannot keep the processor busy.
    const invitation = await this.invitations.examine(token);
    const { passwordHash, federated } = invitation;
    if (passwordHash !== null) {
      if (password !== undefined && !(await this.hasher.verify(passwordHash, password))) {
        throw new Conflict(
          'password_already_set',
          'This address has an account with another password: leave the password out, or give that one.',
        );
      }
      return this.invitations.accept(token, { name });
    }
    if (password === undefined && !federated) {
      throw new ValidationFailed([{ field: 'password', message: 'Choose a password to sign in with.' }]);
    }
    if (password === undefined) return this.invitations.accept(token, { name });
    const { email, workspaceName, workspaceSlug, asksForFactor: hasFactor } = invitation;
    const owner = { email, workspaces: [workspaceName, workspaceSlug], hasFactor };
    const { hash, needsFactor } = await this.passwords.make(password, owner);
    return this.invitations.accept(token, { name, passwordHash: hash, passwordNeedsFactor: needsFactor });
  }
}
