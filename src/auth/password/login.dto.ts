import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsEmail, IsOptional, IsString, Length, MaxLength } from 'class-validator';

export class LoginDto {
  @ApiProperty({ format: 'email', example: 'admin@acme.test' })
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim().toLowerCase() : value,
  )
  @IsEmail()
  @MaxLength(254)
  email: string;

  @ApiProperty({ format: 'password', description: 'Of the person, the same in all their workspaces' })
  @IsString()
  @Length(1, 1024)
  password: string;

  @ApiPropertyOptional({
    description: 'Slug of the workspace to sign in to; the first one without it',
    example: 'acme',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  workspace?: string;
}
