import type { ApiBodyOptions } from '@nestjs/swagger';
import { USER_URN } from '../protocol/user-schema';
import { BULK_REQUEST } from './bulk-request';

/** The body for the OpenAPI document; at run time readBulkRequest() reads it. */
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
