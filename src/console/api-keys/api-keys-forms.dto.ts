import { IsIn } from 'class-validator';
import { PRESETS, type ScopePreset } from '../../api-keys/api-key-scopes';
import { IsLine } from '../../http/is-line';
import { WholeNumber } from '../whole-number';
import { SentOnceDto } from '../sent-once';

export class NewApiKeyFormDto extends SentOnceDto {
  @IsLine(100)
  name: string;

  @IsIn(PRESETS)
  preset: ScopePreset;

  /** Left empty: until it is revoked, or for as long as the workspace allows. */
  @WholeNumber({ min: 1, max: 3650 })
  days?: number;
}

export class ApiKeyDeedDto {
  @IsIn(['adopt', 'revoke'])
  how: 'adopt' | 'revoke';
}
