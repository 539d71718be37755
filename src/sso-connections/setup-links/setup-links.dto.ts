import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { IsEmailAddress } from '../../http/is-email-address';
import { pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { SetupLink } from './setup-link.entity';

export class CreateSetupLinkDto {
  @ApiPropertyOptional({
    default: 72,
    minimum: 1,
    maximum: 720,
    description: 'For how long the link can be opened',
  })
  @WhenGiven()
  @IsInt()
  @Min(1)
  @Max(720)
  expiresInHours: number = 72;

  @ApiPropertyOptional({ description: 'Whom to mail the link to' })
  @WhenGiven()
  @IsEmailAddress()
  contactEmail?: string;
}

/** A link as far as it may be shown: never the link itself. */
export class SetupLinkDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: ['open', 'expired', 'revoked'], description: '`open`: it can still be used' })
  status: 'open' | 'expired' | 'revoked';

  @ApiProperty({ type: String, nullable: true, description: 'Whom it was mailed to; null: nobody' })
  contactEmail: string | null;

  @ApiProperty({ format: 'uuid', description: 'The member who answers for it' })
  createdBy: string;

  @ApiProperty()
  createdAt: Date;

  @ApiProperty({ description: 'Until then it can be opened' })
  expiresAt: Date;

  @ApiProperty({ type: Date, nullable: true, description: 'null: it was not revoked' })
  revokedAt: Date | null;

  @ApiProperty({ type: Date, nullable: true, description: 'null: nobody has opened it' })
  lastOpenedAt: Date | null;

  static of(link: SetupLink, now: Date): SetupLinkDto {
    const { id, contactEmail, createdBy, createdAt, expiresAt, revokedAt, lastOpenedAt } = link;
    const status = revokedAt ? 'revoked' : expiresAt <= now ? 'expired' : 'open';
    return { id, status, contactEmail, createdBy, createdAt, expiresAt, revokedAt, lastOpenedAt };
  }
}

export const SetupLinkPage = pageOf(SetupLinkDto);

/** The one answer that carries the link; it cannot be read again. */
export class IssuedSetupLinkDto extends SetupLinkDto {
  @ApiProperty({ description: 'To be opened in a browser' })
  url: string;
}
