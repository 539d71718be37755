import { Transform } from 'class-transformer';
import { IntersectionType } from '@nestjs/swagger';
import { IsIn, IsObject, IsString, IsUUID, Length, ValidateIf } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import { SentOnceDto } from './forms/sent-once';
import { Destination } from '../browser/destination';

/** A form has texts only: the answer of an authenticator stands in one as JSON. */
const FromJson = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return undefined;
    }
  });

export class TokenFormDto {
  @IsString()
  @Length(1, 256)
  mfaToken: string;

  @Destination()
  destination?: string;
}

export class SkipFormDto extends IntersectionType(TokenFormDto, SentOnceDto) {}

export class FactorFormDto extends TokenFormDto {
  @IsUUID()
  factorId: string;
}

export class AnswerFormDto extends IntersectionType(FactorFormDto, SentOnceDto) {
  @ValidateIf(({ code, credential }: AnswerFormDto) => code !== undefined || credential === undefined)
  @IsString()
  @Length(1, 64)
  code?: string;

  @FromJson()
  @ValidateIf(({ credential }: AnswerFormDto) => credential !== undefined)
  @IsObject()
  credential?: Record<string, unknown>;

  /** The code is the first one of an app that is being set up; a wrong one may come of a key that was typed wrong. */
  @WhenGiven()
  @IsIn(['totp'])
  settingUp?: 'totp';
}

export class SetUpFormDto extends TokenFormDto {
  @IsIn(['totp', 'sms'])
  type: 'totp' | 'sms';

  @WhenGiven()
  @IsString()
  @Length(1, 32)
  phone?: string;
}

export class PasskeyFormDto {
  @FromJson()
  @IsObject()
  credential: Record<string, unknown>;
}

/** Of somebody who signs in. */
export class PasskeySignInFormDto extends PasskeyFormDto {
  @Destination()
  destination?: string;
}

/** Of a factor that somebody who is signed in has set up. */
export class NewPasskeyFormDto extends PasskeyFormDto {
  @IsUUID()
  factorId: string;
}

/** A factor of somebody who is signed in. */
export class OwnFactorFormDto {
  @IsUUID()
  factorId: string;
}

/** The first code of an app or a phone that somebody who is signed in has set up. */
export class NewCodeFormDto extends IntersectionType(OwnFactorFormDto, SentOnceDto) {
  @IsString()
  @Length(1, 64)
  code: string;
}

export class NewPhoneFormDto {
  @IsString()
  @Length(1, 32)
  phone: string;
}
