import type { ApiBodyOptions } from '@nestjs/swagger';
import { PATCH_SCHEMA } from '../protocol/patch';
import { ENTERPRISE_URN, USER_URN } from '../protocol/user-schema';

/*
 * Bodies for the API documentation. They are read by the protocol and not by a DTO: connectors differ too much,
 * and SCIM has errors of its own for what is wrong in them.
 */

export const USER_BODY: ApiBodyOptions = {
  description: 'A User as RFC 7643 section 4.1 has it; /scim/v2/Schemas lists every attribute.',
  schema: {
    type: 'object',
    required: ['userName'],
    additionalProperties: true,
    example: {
      schemas: [USER_URN, ENTERPRISE_URN],
      userName: 'ada@acme.test',
      externalId: '00u1abc',
      displayName: 'Ada Byron',
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ value: 'ada@acme.test', type: 'work', primary: true }],
      active: true,
      [ENTERPRISE_URN]: { department: 'R&D' },
    },
  },
};

export const PATCH_BODY: ApiBodyOptions = {
  description: 'Operations as RFC 7644 section 3.5.2 has them: all of them are done or none.',
  schema: {
    type: 'object',
    required: ['Operations'],
    additionalProperties: true,
    example: { schemas: [PATCH_SCHEMA], Operations: [{ op: 'replace', path: 'active', value: false }] },
  },
};
