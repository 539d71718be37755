import { ArrayMaxSize, ArrayUnique, IsIn, ValidateBy } from 'class-validator';
import { API_KEY_SCOPES, type ApiKeyScope } from '../../access/permissions';
import { PRESETS, type ScopePreset } from '../../api-keys/api-key-scopes';
import { isIpRange } from '../../api-keys/ip-ranges';
import { IsLine } from '../../http/is-line';
import { Boxes, Lines } from '../lines';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';
import { WholeNumber } from '../whole-number';

const AreIpRanges = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'areIpRanges',
      validator: {
        validate: isIpRange,
        defaultMessage: () => 'Each line must be an IP address or a range such as 192.0.2.0/24',
      },
    },
    { each: true },
  );

export class NewApiKeyFormDto extends SentOnceDto {
  @IsLine(100)
  name: string;

  @IsIn([...PRESETS, 'ticked'])
  preset: ScopePreset | 'ticked';

  @Boxes()
  @ArrayUnique()
  @IsIn(API_KEY_SCOPES, { each: true })
  scopes: ApiKeyScope[] = [];

  /** Left empty: until it is revoked, or for as long as the workspace allows. */
  @WholeNumber({ min: 1, max: 3650 })
  days?: number;

  /** Left empty: from everywhere. */
  @Lines()
  @ArrayMaxSize(50)
  @AreIpRanges()
  allowedIps: string[] = [];

  @WholeNumber({ min: 1, max: 1_000_000 })
  rateRequests?: number;

  @WholeNumber({ min: 1, max: 86_400 })
  rateSeconds?: number;
}

export class ApiKeyDeedDto {
  @IsIn(['adopt', 'revoke'])
  how: 'adopt' | 'revoke';
}
