import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { WhenGiven } from '../../http/when-given';

export const PUSH_AUTHORIZATION = ['keep', 'new', 'none'] as const;
export type PushAuthorization = (typeof PUSH_AUTHORIZATION)[number];

const PRINTABLE = /^[\x21-\x7e]{1,1024}$/;

export class RevocationInputDto {
  @ApiProperty({
    description: 'Who issues the tokens: the URL of the Okta organisation',
    example: 'https://acme.okta.com',
  })
  @IsString()
  @Length(1, 1024)
  issuer: string;

  @ApiPropertyOptional({
    description:
      'Who this service is there: the id of the app instance. Left out: the client id, with OIDC only',
  })
  @WhenGiven()
  @Matches(PRINTABLE, { message: '$property must be printable ASCII' })
  subject?: string;

  @ApiPropertyOptional({
    description: 'Where the issuer publishes its keys. Left out: `/oauth2/v1/keys` there',
  })
  @WhenGiven()
  @IsString()
  @Length(1, 2048)
  jwksUri?: string;
}

export class EventStreamInputDto {
  @ApiProperty({
    description: 'The transmitter, exactly as it writes itself',
    example: 'https://idp.example',
  })
  @IsString()
  @Length(1, 1024)
  issuer: string;

  @ApiPropertyOptional({
    description: 'Whom its tokens are for. Left out: the URL that events are pushed to',
  })
  @WhenGiven()
  @Matches(PRINTABLE, { message: '$property must be printable ASCII' })
  audience?: string;

  @ApiPropertyOptional({ description: 'Left out: what `/.well-known/ssf-configuration` of the issuer says' })
  @WhenGiven()
  @IsString()
  @Length(1, 2048)
  jwksUri?: string;

  @ApiPropertyOptional({
    enum: PUSH_AUTHORIZATION,
    description:
      'Whether the transmitter has to send an `Authorization` header: the one it has (a new one the first time), a ' +
      'new one, or none, for transmitters that cannot',
  })
  @WhenGiven()
  @IsIn(PUSH_AUTHORIZATION)
  authorization: PushAuthorization = 'keep';
}

/** All of it: what is left out or null is removed. */
export class SignalsInputDto {
  @ApiPropertyOptional({ type: RevocationInputDto, nullable: true, description: 'Global Token Revocation' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RevocationInputDto)
  gtr?: RevocationInputDto | null;

  @ApiPropertyOptional({
    type: EventStreamInputDto,
    nullable: true,
    description: 'CAEP events over SSF push',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => EventStreamInputDto)
  ssf?: EventStreamInputDto | null;
}

class RevocationDto {
  @ApiProperty({ description: 'Who issues the tokens of revocations' })
  issuer: string;

  @ApiProperty({ description: 'Who this service is there' })
  subject: string;

  @ApiProperty({ description: 'Where the issuer publishes its keys' })
  jwksUri: string;

  @ApiProperty({
    description: 'Whether this follows from the settings of the connection, without being set here',
  })
  implied: boolean;
}

class EventStreamDto {
  @ApiProperty({ description: 'The transmitter, as it writes itself' })
  issuer: string;

  @ApiProperty({ description: 'Whom its tokens have to be for' })
  audience: string;

  @ApiProperty({ description: 'Where the issuer publishes its keys' })
  jwksUri: string;

  @ApiProperty({ description: 'Whether a push has to carry the `Authorization` header' })
  authorizationRequired: boolean;
}

/** Who may end sessions of a connection from outside, and where they call. */
export class SignalsDto {
  @ApiProperty({ description: 'Okta: "Logout endpoint URL" of Universal Logout' })
  revocationUrl: string;

  @ApiProperty({ description: 'Where a transmitter pushes security events to (RFC 8935)' })
  eventsUrl: string;

  @ApiProperty({
    type: RevocationDto,
    nullable: true,
    description: 'Global Token Revocation; null: nobody may',
  })
  gtr: RevocationDto | null;

  @ApiProperty({
    type: EventStreamDto,
    nullable: true,
    description: 'CAEP events over SSF push; null: nobody may',
  })
  ssf: EventStreamDto | null;
}

/** The one answer that carries the secret of the push; it cannot be read again. */
export class ChangedSignalsDto extends SignalsDto {
  @ApiPropertyOptional({
    description: 'The `Authorization` header that the transmitter has to send, once, when it is a new one',
    example: 'Bearer ghe_…',
  })
  pushAuthorization?: string;
}
