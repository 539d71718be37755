import { Equals, IsOptional } from 'class-validator';

/** Which of the two buttons was pressed. */
export class SignOutDto {
  @IsOptional()
  @Equals('1')
  idp?: '1';
}
