import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../access/declarations';
import { KINDS, Expiries, type ExpiryItem, SEVERITIES, type Severity } from './expiries';

class SubjectDto {
  @ApiProperty({ example: 'sso_connection', description: 'What kind of thing it is' })
  type: string;

  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Of a key and a setup link: the connection that it belongs to',
  })
  connectionId?: string;
}

class HealthItemDto {
  @ApiProperty({ enum: KINDS, description: 'What runs out or is silent' })
  kind: string;

  @ApiProperty({ type: SubjectDto })
  subject: SubjectDto;

  @ApiProperty({ type: Date, nullable: true, description: 'null: it is not about a time' })
  expiresAt: Date | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Whole days, 0 once it is past; null: it is not about a time',
  })
  daysLeft: number | null;

  @ApiProperty({ enum: SEVERITIES, description: 'How urgent it is' })
  severity: Severity;

  @ApiProperty({ description: 'What is the matter, in a sentence' })
  message: string;

  @ApiProperty({ description: 'What to do about it' })
  action: string;

  static of({ kind, subject, expiresAt, daysLeft, severity, message, action }: ExpiryItem): HealthItemDto {
    return { kind, subject, expiresAt, daysLeft, severity, message, action };
  }
}

class HealthDto {
  @ApiProperty({ enum: SEVERITIES, description: 'The worst of all' })
  severity: Severity;

  @ApiProperty({ type: [HealthItemDto], description: 'The most urgent first' })
  items: HealthItemDto[];
}

/** What single sign-on and provisioning depend on, and how long it will last. */
@ApiTags('Connections')
@Controller('v1/sso/health')
export class ExpiriesController {
  constructor(private readonly expiries: Expiries) {}

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'Certificates, keys, secrets, tokens and domains, with the days they have left' })
  @ApiOkResponse({ type: HealthDto })
  async health(): Promise<HealthDto> {
    const items = (await this.expiries.items(new Date())).map(HealthItemDto.of);
    return { severity: items[0]?.severity ?? 'ok', items };
  }
}
