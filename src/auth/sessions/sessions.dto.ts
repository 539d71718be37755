import { ApiProperty } from '@nestjs/swagger';
import { pageOf } from '../../http/page';
import type { Session, SignInMethod } from './session.entity';

/** A session as the person it belongs to sees it. */
export class SessionDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'Whether it is the one that asks' })
  current: boolean;

  @ApiProperty({ enum: ['password', 'saml', 'oidc'] })
  method: SignInMethod;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  connectionId: string | null;

  @ApiProperty({ type: [String], description: 'RFC 8176: what the sign-in gave evidence of' })
  amr: string[];

  @ApiProperty({ format: 'date-time' })
  authenticatedAt: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  lastUsedAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it ends, however much it is used' })
  expiresAt: string;

  @ApiProperty({ type: String, nullable: true })
  ip: string | null;

  @ApiProperty({ type: String, nullable: true })
  userAgent: string | null;

  static of(session: Session, currentId: string): SessionDto {
    return {
      id: session.id,
      current: session.id === currentId,
      method: session.method,
      connectionId: session.connectionId,
      amr: session.amr,
      authenticatedAt: session.authenticatedAt.toISOString(),
      createdAt: session.createdAt.toISOString(),
      lastUsedAt: session.lastUsedAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
      ip: session.ip,
      userAgent: session.userAgent,
    };
  }
}

export const SessionPage = pageOf(SessionDto);
