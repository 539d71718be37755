import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { InOneSpelling } from '../../http/is-email-address';

export class LoginDto {
  @ApiProperty({ format: 'email', example: 'admin@acme.test' })
  @InOneSpelling()
  @IsEmail()
  @MaxLength(254)
  email: string;

  @ApiProperty({ format: 'password', description: 'Of the person, the same in all their workspaces' })
  @IsString()
  @Length(1, 1024)
  password: string;

  @ApiPropertyOptional({
    description:
      'Slug of the workspace to sign in to; without it, the first that lets the person in by password',
    example: 'acme',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  workspace?: string;
}
