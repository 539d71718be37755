import type { ApiBodyOptions } from '@nestjs/swagger';
import { USER_URN } from '../protocol/user-schema';
import { BULK_REQUEST } from './bulk-request';

/** For the API documentation; read by the protocol and not by a DTO. */
export const BULK_BODY: ApiBodyOptions = {
  description:
    'Operations on users and groups. `bulkId:…` stands for the id of a resource that another operation makes.',
  schema: {
    type: 'object',
    required: ['Operations'],
    additionalProperties: true,
    example: {
      schemas: [BULK_REQUEST],
      failOnErrors: 1,
      Operations: [
        {
          method: 'POST',
          path: '/Users',
          bulkId: 'ada',
          data: { schemas: [USER_URN], userName: 'ada@acme.test' },
        },
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'eng',
          data: { displayName: 'Engineering', members: [{ value: 'bulkId:ada' }] },
        },
      ],
    },
  },
};
