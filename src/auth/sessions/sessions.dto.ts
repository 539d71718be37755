import { ApiProperty } from '@nestjs/swagger';
import type { Principal } from '../../access/principal';
import { pageOf } from '../../http/page';
import { deviceLabel } from '../devices/device-label';
import type { Places } from '../devices/geo/places.service';
import { networkAround } from '../devices/whereabouts';
import type { ShownSession } from './member-sessions.service';
import type { SignInMethod } from './login-grant';

/** A session as the person it belongs to, or an admin, sees it. */
export class SessionDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'Whether it is the one that asks' })
  current: boolean;

  @ApiProperty({ enum: ['password', 'passkey', 'saml', 'oidc'], description: 'How the person signed in' })
  method: SignInMethod;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  connectionId: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Name of the connection it came through' })
  connection: string | null;

  @ApiProperty({ type: [String], description: 'RFC 8176: what the sign-in gave evidence of' })
  amr: string[];

  @ApiProperty({ format: 'date-time', description: 'When the person last proved who they are' })
  authenticatedAt: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'To about a minute' })
  lastUsedAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it ends, however much it is used' })
  expiresAt: string;

  @ApiProperty({ description: 'Unused for so many seconds, it ends sooner' })
  idleSeconds: number;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Firefox on Windows',
    description: 'As the program says of itself',
  })
  device: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Where the sign-in came from' })
  ip: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '203.0.113.0/24',
    description: 'The network around `ip`: /24 of IPv4, /48 of IPv6',
  })
  network: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Berlin, Germany',
    description:
      'As far as the address, or the database of places that the operator mounted, tells without asking anybody',
  })
  place: string | null;

  @ApiProperty({ type: String, nullable: true })
  userAgent: string | null;

  static of(session: ShownSession, viewer: Principal, places: Places): SessionDto {
    return {
      id: session.id,
      current: viewer.kind === 'user' && session.id === viewer.sessionId,
      method: session.method,
      connectionId: session.connectionId,
      connection: session.connectionName,
      amr: session.amr,
      authenticatedAt: session.authenticatedAt.toISOString(),
      createdAt: session.createdAt.toISOString(),
      lastUsedAt: session.lastUsedAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
      idleSeconds: session.idleSeconds,
      device: deviceLabel(session.userAgent),
      ip: session.ip,
      network: networkAround(session.ip),
      place: places.of(session.ip),
      userAgent: session.userAgent,
    };
  }
}

export class EndedSessionsDto {
  @ApiProperty({ description: 'How many sessions this ended' })
  ended: number;
}

export const SessionPage = pageOf(SessionDto);
