import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsUUID, MaxLength } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { SeenEditionDto } from '../../auth/pages/forms/seen';
import { IsName } from '../../http/is-line';
import { Box, Boxes, Lines } from '../lines';
import { WholeNumber } from '../whole-number';

const MINUTES_OF_90_DAYS = 129_600;
const MINUTES_OF_A_YEAR = 525_600;

export class NameFormDto extends SeenEditionDto {
  @IsName(100)
  name: string;
}

export class SessionsFormDto extends SeenEditionDto {
  @WholeNumber({ min: 5, max: MINUTES_OF_90_DAYS })
  idleMinutes?: number;

  @WholeNumber({ min: 5, max: MINUTES_OF_A_YEAR })
  absoluteMinutes?: number;

  @WholeNumber({ min: 1, max: 1440 })
  freshMinutes?: number;

  /** Left empty: as many as they like. */
  @WholeNumber({ min: 1, max: 1000 })
  maxConcurrent?: number;

  @WholeNumber({ min: 1, max: 60 })
  accessTokenMinutes?: number;
}

export class SecondFactorsFormDto extends SeenEditionDto {
  @IsIn(['off', 'admins', 'all'])
  required: 'off' | 'admins' | 'all';

  @Boxes()
  @ArrayMinSize(1, { message: 'Tick one at least' })
  @ArrayUnique()
  @IsIn(['totp', 'webauthn', 'sms'], { each: true })
  allowedFactors: string[] = [];

  @WholeNumber({ min: 0, max: 90 })
  gracePeriodDays?: number;

  @IsIn(['evidence', 'always_ask', 'never_ask'])
  trustIdp: 'evidence' | 'always_ask' | 'never_ask';
}

export class SingleSignOnFormDto extends SeenEditionDto {
  @Box()
  enforced?: 'on';

  @Boxes()
  @IsArray()
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  breakGlass: string[] = [];

  @Box()
  jit?: 'on';

  @IsIn(ROLES)
  jitRole: Role;

  @Box()
  jitNeedsMapping?: 'on';

  /** Left empty: all that are verified. */
  @Lines()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @MaxLength(253, { each: true })
  jitDomains: string[] = [];
}

export class ApiKeyRulesFormDto extends SeenEditionDto {
  @IsIn(['keep', 'revoke'])
  onMemberRemoval: 'keep' | 'revoke';

  /** Left empty: for ever. */
  @WholeNumber({ min: 1, max: 3650 })
  maxLifetimeDays?: number;

  @WholeNumber({ min: 1, max: 1_000_000 })
  rateRequests?: number;

  @WholeNumber({ min: 1, max: 86_400 })
  rateSeconds?: number;
}

/** What is left empty stays as it was. */
export class DirectoriesFormDto extends SeenEditionDto {
  @WholeNumber({ min: 0, max: 1_000_000 })
  massChangeMembers?: number;

  @WholeNumber({ min: 1, max: 100 })
  massChangePercent?: number;

  @WholeNumber({ min: 1, max: 10_080 })
  massChangeWindow?: number;

  @IsIn(['off', ...ROLES])
  directorySetsRole: 'off' | Role;
}

export class AuditFormDto extends SeenEditionDto {
  /** Left empty: they stay. */
  @WholeNumber({ min: 30, max: 36_500 })
  retentionDays?: number;

  @Box()
  legalHold?: 'on';
}
