import { IntersectionType } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import { ProviderForm } from './provider-form';

export class SetupTokenForm {
  @IsString()
  @MaxLength(64)
  formToken: string;
}

export class SetupForm extends IntersectionType(ProviderForm, SetupTokenForm) {}

/** What has just been done, after a form, and what it warned of. */
export class SetupQuery {
  @WhenGiven()
  @IsIn(['taken'])
  done?: 'taken';

  @WhenGiven()
  @Matches(/^[a-z_.]{1,200}$/)
  warned?: string;
}
