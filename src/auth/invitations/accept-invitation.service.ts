import { Injectable } from '@nestjs/common';
import { Conflict, ValidationFailed } from '../../http/problems';
import {
  type AcceptedInvitation,
  InvitationAcceptanceService,
} from '../../members/invitations/invitation-acceptance.service';
import { PasswordHasher } from '../password/password-hasher';
import type { AcceptInvitationDto } from './accept-invitation.dto';

/** Accepting an invitation, with the password that the person will sign in with from now on. */
@Injectable()
export class AcceptInvitationService {
  constructor(
    private readonly invitations: InvitationAcceptanceService,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * An account that has a password keeps it: whoever sends one along must know it. Throws what the acceptance
   * throws, 400 `validation_failed` for a missing password, 409 `password_already_set` for another one.
   */
  async accept({ token, password, name }: AcceptInvitationDto): Promise<AcceptedInvitation> {
    // First the link, then the slow hash: strangers cannot keep the processor busy.
    const { passwordHash, federated } = await this.invitations.examine(token);
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
    const chosen = password === undefined ? undefined : await this.hasher.hash(password);
    return this.invitations.accept(token, { name, passwordHash: chosen });
  }
}
