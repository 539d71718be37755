import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { pageOf } from '../http/page';
import { type DnsRecord, dnsRecordOf } from './dns-record';
import {
  type Domain,
  DOMAIN_CHECK_RESULTS,
  DOMAIN_STATUSES,
  type DomainCheckResult,
  type DomainStatus,
} from './domain.entity';

export class AddDomainDto {
  @ApiProperty({ example: 'acme.test', description: 'International names may be given in their own script.' })
  @IsString()
  @Length(1, 512)
  domain: string;
}

class DnsRecordDto implements DnsRecord {
  @ApiProperty({ enum: ['TXT'], description: 'Of the record in DNS' })
  type: 'TXT';

  @ApiProperty({ example: '_gatehouse.acme.test', description: 'Where to publish it' })
  name: string;

  @ApiProperty({ example: 'gatehouse-domain-verification=2f0c…', description: 'What it has to say, exactly' })
  value: string;
}

export class DomainDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'acme.test', description: 'In punycode and lower case' })
  domain: string;

  @ApiProperty({
    enum: DOMAIN_STATUSES,
    description:
      '`failing`: its record is gone and it keeps its rights for a while; `lost`: it has none any more',
  })
  status: DomainStatus;

  @ApiProperty({
    description: 'The record that proves the domain; the name and value to publish',
    type: DnsRecordDto,
  })
  dnsRecord: DnsRecordDto;

  @ApiProperty()
  createdAt: Date;

  @ApiProperty({ type: Date, nullable: true, description: 'When the domain was proved; null: never' })
  verifiedAt: Date | null;

  @ApiProperty({ type: Date, nullable: true, description: 'When DNS was last asked; null: never' })
  lastCheckedAt: Date | null;

  @ApiProperty({
    enum: DOMAIN_CHECK_RESULTS,
    nullable: true,
    description: 'What the last look into DNS came to; `domain_taken` does not say by whom',
  })
  lastResult: DomainCheckResult | null;

  @ApiProperty({ type: Date, nullable: true, description: 'While failing: when the domain is lost' })
  graceUntil: Date | null;

  static of(row: Domain): DomainDto {
    const { id, domain, token, status, createdAt, verifiedAt, lastCheckedAt, lastResult, graceUntil } = row;
    const dnsRecord = dnsRecordOf(domain, token);
    return { id, domain, status, dnsRecord, createdAt, verifiedAt, lastCheckedAt, lastResult, graceUntil };
  }
}

export const DomainPage = pageOf(DomainDto);
