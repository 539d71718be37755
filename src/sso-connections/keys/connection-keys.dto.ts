import { X509Certificate } from 'node:crypto';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import { pageOf } from '../../http/page';
import type { ConnectionKey, KeyState } from './connection-key.entity';

/** A key pair of ours, as far as it may be shown: never the private key. */
export class ConnectionKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: ['published', 'active', 'retiring'],
    description: '`published`: known, and signs nothing yet; `retiring`: signs nothing any more',
  })
  state: KeyState;

  @ApiProperty({ description: 'PEM' })
  certificate: string;

  @ApiProperty({ description: 'Of the certificate, in hexadecimal with colons' })
  sha256Fingerprint: string;

  @ApiProperty({ description: 'When its certificate expires' })
  notAfter: Date;

  @ApiProperty()
  createdAt: Date;

  @ApiProperty({ type: Date, nullable: true, description: 'Since when it signs; null: not yet' })
  activatedAt: Date | null;

  @ApiProperty({ type: Date, nullable: true, description: 'Until when a retiring key stays published' })
  retiresAt: Date | null;

  static of({ id, state, certificate, createdAt, activatedAt, retiresAt }: ConnectionKey): ConnectionKeyDto {
    const { fingerprint256, validTo } = new X509Certificate(certificate);
    return {
      ...{ id, state, certificate, sha256Fingerprint: fingerprint256, notAfter: new Date(validTo) },
      ...{ createdAt, activatedAt, retiresAt },
    };
  }
}

export class ConnectionKeyList extends pageOf(ConnectionKeyDto) {}

export class ActivateKeyDto {
  @ApiPropertyOptional({
    default: 30,
    minimum: 0,
    maximum: 365,
    description: 'How long the key before stays published',
  })
  @ValidateIf((_, value: unknown) => value !== undefined)
  @IsInt()
  @Min(0)
  @Max(365)
  overlapDays: number = 30;
}
