import { IntersectionType } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { ProviderForm } from './provider-form';

export class SetupTokenForm {
  @IsString()
  @MaxLength(64)
  formToken: string;
}

export class SetupForm extends IntersectionType(ProviderForm, SetupTokenForm) {}
