import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { WhenGiven } from '../../http/when-given';
import { MayBeEmpty, WholeLines } from '../lines';
import { SeenEditionDto } from '../../auth/pages/forms/seen';
import { ValidationFailed } from '../../http/problems';
import { type RoleRule, RULE_SOURCES, type RuleSource } from '../../members/grants/role-rules';

const MOST_ROWS = 250;

/** A column of the table: one field of each row. One row alone is sent as a text. */
const Column = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => [value].flat()),
    IsArray(),
    ArrayMaxSize(MOST_ROWS),
    IsString({ each: true }),
  );

/** A table of rules, column by column: what browsers make of fields of the same name. */
export class RoleMappingsFormDto extends SeenEditionDto {
  /** Where the row belongs; rows are sorted by it. */
  @Column()
  @Matches(/^\d{0,3}$/, { each: true, message: 'The place of a rule is a number.' })
  place: string[] = [];

  @Column()
  @IsIn(RULE_SOURCES, { each: true })
  source: RuleSource[] = [];

  /** A row without it is none. */
  @Column()
  @MaxLength(512, { each: true })
  @Matches(/^[^\p{Cc}\p{Cs}]*$/u, {
    each: true,
    message: 'A group or department is one line of readable text.',
  })
  value: string[] = [];

  @Column()
  @IsIn(ROLES, { each: true })
  role: Role[] = [];

  /** Empty: whichever connection names the group. */
  @Column()
  @MaxLength(36, { each: true })
  connection: string[] = [];

  /** The numbers of the rows that are ticked, beginning with 0. */
  @Column()
  @MaxLength(3, { each: true })
  approver: string[] = [];

  /** Of somebody to try the rules with. */
  @WhenGiven()
  @WholeLines()
  @IsArray()
  @ArrayMaxSize(MOST_ROWS)
  @MaxLength(512, { each: true })
  @IsString({ each: true })
  tryGroups: string[] = [];

  @MayBeEmpty()
  @MaxLength(512)
  tryDepartment?: string;

  @IsIn(['preview', 'save'])
  how: 'preview' | 'save';
}

/** The rules in the table, in order. Throws 400 `validation_failed` when its columns are not equally long. */
export function rulesIn({
  place,
  source,
  value,
  role,
  connection,
  approver,
}: RoleMappingsFormDto): RoleRule[] {
  if (new Set([place, source, value, role, connection].map(({ length }) => length)).size > 1) {
    throw new ValidationFailed([{ field: 'value', message: 'Every row has every field.' }]);
  }
  return value
    .map((text, row) => ({
      at: place[row] === '' ? Infinity : Number(place[row]),
      rule: {
        source: source[row]!,
        value: text.trim(),
        role: role[row]!,
        approver: approver.includes(String(row)),
        connectionId: connection[row] || null,
      },
    }))
    .filter(({ rule }) => rule.value !== '')
    .sort((a, b) => a.at - b.at)
    .map(({ rule }) => rule);
}
