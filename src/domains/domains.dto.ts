import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { pageOf } from '../http/page';
import { type DnsRecord, dnsRecordOf } from './dns-record';
import { type Domain, DOMAIN_STATUSES, type DomainStatus } from './domain.entity';

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

  static of({ id, domain, token, status, createdAt, verifiedAt, lastCheckedAt }: Domain): DomainDto {
    return {
      id,
      domain,
      status,
      dnsRecord: dnsRecordOf(domain, token),
      createdAt,
      verifiedAt,
      lastCheckedAt,
    };
  }
}

export const DomainPage = pageOf(DomainDto);
