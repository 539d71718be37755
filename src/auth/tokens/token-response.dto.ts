import { ApiProperty } from '@nestjs/swagger';

class TokenWorkspaceDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  slug: string;

  @ApiProperty()
  name: string;
}

/** What every finished sign-in answers. */
export class TokenResponseDto {
  @ApiProperty({ enum: ['authenticated'], description: 'Nothing else is needed' })
  status: 'authenticated';

  @ApiProperty({ enum: ['Bearer'], description: 'Send the access token as `Authorization: Bearer`' })
  tokenType: 'Bearer';

  @ApiProperty({ description: 'A JWT in the profile of RFC 9068' })
  accessToken: string;

  @ApiProperty({ description: 'Seconds until the access token expires' })
  expiresIn: number;

  @ApiProperty({ description: 'Good for one exchange at POST /v1/auth/refresh' })
  refreshToken: string;

  @ApiProperty({ type: TokenWorkspaceDto })
  workspace: TokenWorkspaceDto;
}
