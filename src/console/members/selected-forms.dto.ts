import { ArrayMaxSize, IsArray, IsIn, IsUUID } from 'class-validator';
import { DEED_CHOICES } from '../../auth/pages/forms/console-forms';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';
import { type BulkDeed, MOST_MEMBERS } from '../../members/bulk/bulk-members.service';
import { Boxes } from '../lines';

export type SelectedDeed = keyof typeof DEED_CHOICES | 'restore';

/** Members who were selected in the list, and what is to be done to each. */
export class SelectedFormDto extends SentOnceDto {
  @Boxes()
  @IsArray()
  @ArrayMaxSize(MOST_MEMBERS)
  @IsUUID(undefined, { each: true })
  ids: string[] = [];

  @IsIn([...Object.keys(DEED_CHOICES), 'restore'])
  deed: SelectedDeed;
}

export function bulkDeedOf(deed: SelectedDeed): BulkDeed {
  switch (deed) {
    case 'remove':
      return { remove: true };
    case 'restore':
      return { restore: true };
    case 'approver':
      return { change: { approver: true } };
    case 'no-approver':
      return { change: { approver: false } };
    default:
      return { change: { role: deed } };
  }
}
