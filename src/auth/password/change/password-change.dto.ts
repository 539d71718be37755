import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { Destination } from '../../browser/destination';
import { SentOnceDto } from '../../pages/forms/sent-once';
import { InOneSpelling } from '../../../http/is-email-address';

const chosen = {
  format: 'password',
  minLength: 8,
  maxLength: 256,
  description: '15 characters or more; 8 for accounts with a second factor',
} as const;

export class ChangePasswordDto {
  @ApiProperty({ format: 'password', description: 'The one that is to be replaced' })
  @IsString()
  @Length(1, 1024)
  currentPassword: string;

  @ApiProperty(chosen)
  @IsString()
  @Length(1, 1024)
  newPassword: string;
}

export class ForgotPasswordDto {
  @ApiProperty({ format: 'email', example: 'ada@acme.test' })
  @InOneSpelling()
  @IsEmail()
  @MaxLength(254)
  email: string;

  @ApiPropertyOptional({ description: 'Slug of the workspace to sign in to; the first one without it' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  workspace?: string;
}

export class ResetPasswordDto {
  @ApiProperty({ description: 'What stands behind the # of the link in the mail', example: 'ghn_…' })
  @IsString()
  @MaxLength(256)
  token: string;

  @ApiProperty(chosen)
  @IsString()
  @Length(1, 1024)
  password: string;
}

export class ForgotPasswordFormDto extends ForgotPasswordDto {
  @Destination()
  destination?: string;
}

export class ResetPasswordFormDto extends IntersectionType(ResetPasswordDto, SentOnceDto) {
  @Destination()
  destination?: string;
}
