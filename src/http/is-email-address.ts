import { domainToASCII } from 'node:url';
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsEmail, MaxLength } from 'class-validator';

/** An email address; spaces around it are forgiven and its case does not matter. */
export const IsEmailAddress = (): PropertyDecorator =>
  applyDecorators(InOneSpelling(), MaxLength(254), IsEmail({ allow_utf8_local_part: false }));

/**
 * What is typed for an address, as addresses are kept: without spaces around it, in lower case, its domain as DNS writes
 * it (RFC 5891). Identity providers and people are free to write bücher.example where others write xn--bcher-kva.example.
 */
export const InOneSpelling = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? withDomainOfDns(value.trim().toLowerCase()) : value,
  );

/** An address with its domain as DNS writes it; with none behind the @ when that is no domain in any script. */
export function withDomainOfDns(address: string): string {
  const behindAt = address.lastIndexOf('@') + 1;
  const domain = address.slice(behindAt);
  return /^[ -~]*$/.test(domain) ? address : address.slice(0, behindAt) + domainToASCII(domain);
}
