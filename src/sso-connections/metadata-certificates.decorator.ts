import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength, ValidateIf } from 'class-validator';

/** Certificates by one of which metadata has to be signed; none: it need not be. */
export const MetadataCertificates = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: [String],
      description:
        'PEM or Base64. Where there are any, metadata is taken only when it is signed with the key of one of them; an empty list takes that back',
    }),
    ValidateIf((_, value: unknown) => value !== undefined),
    IsArray(),
    ArrayMaxSize(10),
    IsString({ each: true }),
    MaxLength(32_768, { each: true }),
  );
