import { Injectable } from '@nestjs/common';
import { type PresentedCredential, readCredential } from '../../crypto/credential';
import { keyringUnder } from '../../crypto/token-keyring';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { Problem, Unauthorized } from '../../http/problems';
import type { TokenResponseDto } from './token-response.dto';

/** How long a lost answer can be had again. */
const GRACE_SECONDS = 30;
const PURPOSE = 'refresh answer';

const KEEP = prepared(
  'keep_refresh_answer',
  'update refresh_tokens set successor_id = $2, sealed_answer = $3 where id = $1',
);

/** Whoever uses the next token has got the answer. */
const ARRIVED = prepared(
  'refresh_answer_arrived',
  'update refresh_tokens set sealed_answer = null where successor_id = $1 and sealed_answer is not null',
);

const KEPT = `
  select t.sealed_answer,
         s.ended_at is null and s.expires_at > now()
           and s.last_used_at + make_interval(secs => s.idle_seconds) > now() as session_lives
    from refresh_tokens t
    join refresh_tokens next on next.id = t.successor_id
    join sessions s on s.id = t.session_id
   where t.id = $1 and t.secret_hash = $2 and t.sealed_answer is not null
     and t.used_at > now() - make_interval(secs => $3) and next.used_at is null`;

/**
 * What refresh tokens were exchanged for, kept for a moment. Each answer is sealed under the very token that was
 * exchanged, of which the database has only a hash: neither it nor our encryption keys open it, only whoever asks again.
 */
@Injectable()
export class RefreshAnswers {
  constructor(private readonly database: Database) {}

  /** Keeps the answer at COMMIT, and drops the one that brought this token. */
  keep({ id }: PresentedCredential, text: string, answer: TokenResponseDto): void {
    const successor = readCredential('ghr', answer.refreshToken)!;
    const sealed = keyringUnder(text, PURPOSE).seal(JSON.stringify(answer), contextOf(id));
    this.database.defer(ARRIVED, [id]);
    this.database.defer(KEEP, [id, successor.id, sealed]);
  }

  /**
   * The same answer once more, word for word; a Problem when its session is over; undefined when the token is not
   * answered again, because it is too late, what it was exchanged for was used, or it was never exchanged.
   */
  async again(
    { id, hash }: PresentedCredential,
    text: string,
  ): Promise<TokenResponseDto | Problem | undefined> {
    const [kept] = await this.database.query<{ sealed_answer: string; session_lives: boolean }>(KEPT, [
      id,
      hash,
      GRACE_SECONDS,
    ]);
    if (!kept) return undefined;
    if (!kept.session_lives) return invalidToken();
    return JSON.parse(
      keyringUnder(text, PURPOSE).open(kept.sealed_answer, contextOf(id)).toString(),
    ) as TokenResponseDto;
  }
}

/** What a refresh token is told that opens nothing. */
export const invalidToken = (): Unauthorized =>
  new Unauthorized('invalid_token', 'This refresh token is wrong or expired, or its session has ended.');

const contextOf = (id: string): string => `refresh_tokens|${id}`;
