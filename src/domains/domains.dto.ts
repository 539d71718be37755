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
  @ApiProperty({ enum: ['TXT'] })
  type: 'TXT';

  @ApiProperty({ example: '_gatehouse.acme.test' })
  name: string;

  @ApiProperty({ example: 'gatehouse-domain-verification=2f0c…' })
  value: string;
}

export class DomainDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'acme.test', description: 'In punycode and lower case' })
  domain: string;

  @ApiProperty({ enum: DOMAIN_STATUSES })
  status: DomainStatus;

  @ApiProperty({
    description: 'The record that proves the domain; the name and value to publish',
    type: DnsRecordDto,
  })
  dnsRecord: DnsRecordDto;

  @ApiProperty()
  createdAt: Date;

  @ApiProperty({ type: Date, nullable: true })
  verifiedAt: Date | null;

  @ApiProperty({ type: Date, nullable: true })
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
