import { domainToASCII } from 'node:url';
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsEmail, MaxLength } from 'class-validator';

/** Validates an email address, after trimming it and converting it to lower case. */
export const IsEmailAddress = (): PropertyDecorator =>
  applyDecorators(InOneSpelling(), MaxLength(254), IsEmail({ allow_utf8_local_part: false }));

/**
 * Normalises an email address to the spelling that is stored: trimmed, lower case, domain in ASCII (RFC 5891).
 * Identity providers and people may write bücher.example where others write xn--bcher-kva.example.
 */
export const InOneSpelling = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? withDomainOfDns(value.trim().toLowerCase()) : value,
  );

/** Converts the domain of an address to ASCII (punycode). The domain becomes empty when it is invalid. */
export function withDomainOfDns(address: string): string {
  const behindAt = address.lastIndexOf('@') + 1;
  const domain = address.slice(behindAt);
  return /^[ -~]*$/.test(domain) ? address : address.slice(0, behindAt) + domainToASCII(domain);
}
