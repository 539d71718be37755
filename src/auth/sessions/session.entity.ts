import { Column, Entity } from 'typeorm';
import { WorkspaceEntity } from '../../database/workspace.entity';
import type { LogoutHint, MfaEvidence, SignInMethod } from './login-grant';

/** A sign-in of a member, until it ends. */
@Entity('sessions')
export class Session extends WorkspaceEntity {
  @Column('uuid')
  memberId: string;

  @Column('text')
  method: SignInMethod;

  @Column('uuid', { nullable: true })
  connectionId: string | null;

  @Column('uuid', { nullable: true })
  identityId: string | null;

  /** RFC 8176 values the sign-in gave evidence of. */
  @Column('text', { array: true, default: () => "'{}'" })
  amr: string[];

  /** Who checked the second factor, this service or the identity provider; null when only one factor was used. */
  @Column('text', { nullable: true })
  mfaEvidence: MfaEvidence | null;

  /** SAML AuthnContextClassRef or OpenID Connect `acr`: how the identity provider says it was done. */
  @Column('text', { nullable: true })
  acr: string | null;

  /** SAML SessionIndex or OpenID Connect `sid`: what the identity provider calls its own session. */
  @Column('text', { nullable: true })
  idpSessionId: string | null;

  /** What the identity provider needs to end its session as well; written and read by the code of its protocol. */
  @Column('jsonb', { nullable: true })
  logoutHint: LogoutHint | null;

  @Column('timestamptz')
  authenticatedAt: Date;

  /** When its person last proved who they are otherwise, where a second factor has done so again since. */
  @Column('timestamptz', { nullable: true })
  withoutFactorAt: Date | null;

  @Column('timestamptz', { default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  lastUsedAt: Date;

  @Column('int')
  idleSeconds: number;

  @Column('timestamptz')
  expiresAt: Date;

  /** When it would end if it had shown a second factor; null where that is no other time. */
  @Column('timestamptz', { nullable: true })
  expiresWithFactorAt: Date | null;

  /** The longest that an access token of it is good for; null in sessions from before there was such a limit. */
  @Column('int', { nullable: true })
  accessTokenSeconds: number | null;

  /** How long ago its sign-in may be for sensitive calls; the database keeps it as the policy has it. */
  @Column('int', { nullable: true })
  freshSeconds: number | null;

  @Column('timestamptz', { nullable: true })
  endedAt: Date | null;

  @Column('text', { nullable: true })
  endReason: string | null;

  @Column('text', { nullable: true })
  ip: string | null;

  @Column('text', { nullable: true })
  userAgent: string | null;

  @Column('bytea', { nullable: true, select: false })
  cookieHash: Buffer | null;
}
