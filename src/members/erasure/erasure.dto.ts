import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { Erased } from './erasure.service';

export class EraseMemberDto {
  @ApiProperty({ format: 'email', description: "The member's address, to confirm" })
  @IsString()
  @MaxLength(320)
  email: string;
}

export class ErasedDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({
    type: [String],
    example: ['mails', 'membership', 'loginAttempts', 'signIns', 'directoryRequests', 'audit'],
    description: 'Which kinds of data were gone through',
  })
  sources: string[];

  static of({ memberId, sources }: Erased): ErasedDto {
    return { memberId, sources: [...sources] };
  }
}
