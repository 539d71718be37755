import { Transform } from 'class-transformer';
import { ArrayUnique, IsArray, IsIn, IsUUID } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { IsLine } from '../../http/is-line';
import { WhenGiven } from '../../http/when-given';
import { WholeNumber } from '../whole-number';

const MINUTES_OF_90_DAYS = 129_600;
const MINUTES_OF_A_YEAR = 525_600;

/** A box that is not ticked is not sent. */
const Box = (): PropertyDecorator => (target, property) => {
  WhenGiven()(target, property);
  IsIn(['on'])(target, property);
};

export class NameFormDto {
  @IsLine(100)
  name: string;
}

export class SessionsFormDto {
  @WholeNumber({ min: 5, max: MINUTES_OF_90_DAYS })
  idleMinutes?: number;

  @WholeNumber({ min: 5, max: MINUTES_OF_A_YEAR })
  absoluteMinutes?: number;

  @WholeNumber({ min: 1, max: 1440 })
  freshMinutes?: number;

  /** Left empty: as many as they like. */
  @WholeNumber({ min: 1, max: 1000 })
  maxConcurrent?: number;
}

export class SecondFactorsFormDto {
  @IsIn(['off', 'admins', 'all'])
  required: 'off' | 'admins' | 'all';

  @WholeNumber({ min: 0, max: 90 })
  gracePeriodDays?: number;

  @IsIn(['evidence', 'always_ask', 'never_ask'])
  trustIdp: 'evidence' | 'always_ask' | 'never_ask';
}

export class SingleSignOnFormDto {
  @Box()
  enforced?: 'on';

  /** One box of several is sent as a text. */
  @Transform(({ value }: { value: unknown }) => [value].flat())
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
}

export class ApiKeyRulesFormDto {
  @IsIn(['keep', 'revoke'])
  onMemberRemoval: 'keep' | 'revoke';

  /** Left empty: for ever. */
  @WholeNumber({ min: 1, max: 3650 })
  maxLifetimeDays?: number;
}
