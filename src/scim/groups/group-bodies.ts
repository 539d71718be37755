import type { ApiBodyOptions } from '@nestjs/swagger';
import { GROUP_URN } from '../protocol/group-schema';
import { PATCH_SCHEMA } from '../protocol/patch';

/* Bodies for the API documentation; the protocol reads them, not a DTO. */

export const GROUP_BODY: ApiBodyOptions = {
  description: 'A Group as RFC 7643 section 4.2 has it. Members are users and groups of this workspace.',
  schema: {
    type: 'object',
    required: ['displayName'],
    additionalProperties: true,
    example: {
      schemas: [GROUP_URN],
      displayName: 'Engineering',
      externalId: '8aa1b2c3',
      members: [],
    },
  },
};

export const GROUP_PATCH_BODY: ApiBodyOptions = {
  description: 'Operations as RFC 7644 section 3.5.2 has them: all of them are done or none.',
  schema: {
    type: 'object',
    required: ['Operations'],
    additionalProperties: true,
    example: {
      schemas: [PATCH_SCHEMA],
      Operations: [
        { op: 'add', path: 'members', value: [{ value: '019a0000-0000-7000-8000-000000000001' }] },
        { op: 'remove', path: 'members[value eq "019a0000-0000-7000-8000-000000000002"]' },
      ],
    },
  },
};
