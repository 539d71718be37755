import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Forbidden } from '../../http/problems';
import type { Redirect } from '../browser/redirect';
import { LinkProofs, type OpenProof } from './link-proofs.service';
import { AccountProof, type WayOfProof } from './account-proof.service';

/** Links an account at a provider to the member who proves to be the same person. */
@Injectable()
export class LinkAccount {
  constructor(
    private readonly config: Config,
    private readonly proofs: LinkProofs,
    private readonly accounts: AccountProof,
  ) {}

  /** What this browser may prove, and how. Throws what LinkProofs.find throws. */
  async offered(cookieHeader: string | undefined): Promise<{ proof: OpenProof; way: WayOfProof }> {
    const proof = await this.proofs.find(cookieHeader);
    return { proof, way: await this.accounts.wayFor(proof, cookieHeader) };
  }

  /**
   * Links, and sends the browser through the provider once more: the same sign-in, which finds the link. Throws what
   * LinkProofs and AccountProof throw, 403 `foreign_origin`.
   */
  async link(headers: { cookie?: string; origin?: string }, password: string | undefined): Promise<Redirect> {
    if (headers.origin !== undefined && headers.origin !== new URL(this.config.publicUrl).origin) {
      throw new Forbidden('Prove your account on the page of this service.', 'foreign_origin');
    }
    const proof = await this.proofs.find(headers.cookie);
    const way = await this.accounts.prove(proof, headers.cookie, password);
    await this.proofs.redeem(proof, way === 'session' ? 'proof_by_session' : 'proof_by_password');
    return { location: this.signInAgain(proof), setCookies: [this.proofs.released()] };
  }

  private signInAgain(proof: OpenProof): string {
    const { connectionType, connectionId, redirectUri, appState: state, codeChallenge, maxAge } = proof;
    const url = new URL(`${this.config.publicUrl}/sso/${connectionType}/${connectionId}/login`);
    for (const [name, value] of Object.entries({ redirectUri, state, codeChallenge, maxAge })) {
      if (value !== null) url.searchParams.set(name, String(value));
    }
    return url.href;
  }
}
