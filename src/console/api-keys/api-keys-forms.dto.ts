import { ArrayMaxSize, ArrayUnique, IsIn, IsString, MaxLength, ValidateBy } from 'class-validator';
import { API_KEY_SCOPES, type ApiKeyScope } from '../../access/permissions';
import { PRESETS, type ScopePreset } from '../../api-keys/api-key-scopes';
import { isIpRange } from '../../api-keys/ip-ranges';
import { IsName } from '../../http/is-line';
import { Boxes, Lines, MayBeDay } from '../lines';
import { OVERLAP_CHOICES } from '../../auth/pages/forms/console-forms';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';
import { WhenGiven } from '../../http/when-given';
import { SectionQuery } from '../section-query.dto';
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

export class ApiKeysPageQuery extends SectionQuery {
  @WhenGiven()
  @IsIn(['expired'])
  show?: 'expired';
}

/** What both forms ask. */
class ApiKeyFormDto extends SentOnceDto {
  @IsName(100)
  name: string;

  @Boxes()
  @ArrayUnique()
  @IsIn(API_KEY_SCOPES, { each: true })
  scopes: ApiKeyScope[] = [];

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

export class NewApiKeyFormDto extends ApiKeyFormDto {
  @IsIn([...PRESETS, 'ticked'])
  preset: ScopePreset | 'ticked';

  /** Left empty: until it is revoked, or for as long as the workspace allows. */
  @WholeNumber({ min: 1, max: 3650 })
  days?: number;
}

export class ApiKeyTermsFormDto extends ApiKeyFormDto {
  /** Left empty: until it is revoked. */
  @MayBeDay()
  until?: string;

  /** The edition of the key that the page showed. */
  @MaxLength(64)
  @IsString()
  seen: string;
}

export class ApiKeyRotationFormDto extends SentOnceDto {
  @IsIn(Object.keys(OVERLAP_CHOICES))
  overlap: keyof typeof OVERLAP_CHOICES;
}

export class ApiKeyDeedDto extends SentOnceDto {
  @IsIn(['adopt', 'revoke'])
  how: 'adopt' | 'revoke';
}
