import { ArrayMaxSize, ArrayUnique, IsIn, IsString, MaxLength } from 'class-validator';
import { AUDIT_EVENTS, type AuditEventType, type Risk, RISKS } from '../../audit/audit-event';
import { IsHeaderValue, IsHost } from '../../audit-streams/receiver-fields';
import { OVERLAP_CHOICES } from '../../auth/pages/forms/console-forms';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';
import { IsName } from '../../http/is-line';
import { Box, Boxes, Lines, MayBeEmpty } from '../lines';
import { WholeNumber } from '../whole-number';

const MOST_PEM = 32_768;

/** What is asked of every receiver. What of it is right is judged where it is used. */
class StreamFormDto extends SentOnceDto {
  @MayBeEmpty()
  @IsName(100)
  name?: string;

  @IsIn(['gatehouse', 'ocsf', 'cef'])
  format: 'gatehouse' | 'ocsf' | 'cef';

  @IsIn(['now', 'beginning'])
  startAt: 'now' | 'beginning';

  @Boxes()
  @ArrayUnique()
  @IsIn(RISKS, { each: true })
  risks: Risk[] = [];

  /** Left empty: of all. */
  @Lines()
  @ArrayMaxSize(200)
  @ArrayUnique()
  @IsIn(Object.keys(AUDIT_EVENTS), {
    each: true,
    message: 'Each line must be a type of event, such as auth.login_failed',
  })
  types: AuditEventType[] = [];
}

export class WebhookFormDto extends StreamFormDto {
  @IsString()
  @MaxLength(2048)
  url: string;

  @MayBeEmpty()
  @IsHeaderValue()
  authorization?: string;

  @IsIn(['ndjson', 'json'])
  encoding: 'ndjson' | 'json';
}

export class SyslogFormDto extends StreamFormDto {
  @IsHost()
  host: string;

  /** Left empty: that of syslog over TLS. */
  @WholeNumber({ min: 1, max: 65_535 })
  port?: number;

  @Box()
  plaintext?: 'on';

  @MayBeEmpty()
  @MaxLength(MOST_PEM)
  ca?: string;

  @MayBeEmpty()
  @MaxLength(MOST_PEM)
  clientCertificate?: string;

  @MayBeEmpty()
  @MaxLength(MOST_PEM)
  clientKey?: string;
}

export class ResumeFormDto extends SentOnceDto {
  /** Leaves out what the receiver refused last. */
  @Box()
  skip?: 'on';
}

export class StreamRotationFormDto extends SentOnceDto {
  @IsIn(Object.keys(OVERLAP_CHOICES))
  overlap: keyof typeof OVERLAP_CHOICES;
}
