import type { FastifyReply } from 'fastify';
import { answerOf } from './kept-answer';

describe('An answer', () => {
  const reply = { statusCode: 201, getHeader: () => undefined } as unknown as FastifyReply;
  const standing = { permissions: [], neededProof: false };
  /** As JSON, with its quotes. */
  const ofLength = (length: number): string => 'x'.repeat(length - 2);

  it('is kept up to a mebibyte of JSON', () => {
    const longest = ofLength(1024 * 1024);
    expect(answerOf(reply, longest, standing)).toEqual({
      status: 201,
      headers: {},
      json: JSON.stringify(longest),
      standing,
    });
    expect(answerOf(reply, ofLength(1024 * 1024 + 1), standing)).toBeUndefined();
  });

  it('is kept where it says nothing, and not where it is no JSON', () => {
    expect(answerOf(reply, undefined, standing)).toEqual({ status: 201, headers: {}, standing });
    expect(answerOf(reply, Buffer.from('{}'), standing)).toBeUndefined();
  });
});
