import type { Strategy } from 'passport-strategy';

/** How a strategy ended. Errors that it reports are thrown instead. */
export type StrategyOutcome<User = unknown> =
  | { readonly type: 'success'; readonly user: User }
  | { readonly type: 'redirect'; readonly url: string }
  | { readonly type: 'fail'; readonly challenge: unknown };

/** What strategies read of a request, whichever HTTP server it came through. */
export interface StrategyRequest {
  readonly url?: string;
  readonly headers?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/**
 * Runs one passport strategy on one request and tells how it ended. Passport's own middleware wants the response
 * object of Connect for that; here redirects and failures are answers, and the caller replies.
 * @throws whatever the strategy reports as an error
 */
export function runStrategy<User = unknown>(
  strategy: Strategy,
  request: StrategyRequest,
  options: object = {},
): Promise<StrategyOutcome<User>> {
  return new Promise((resolve, reject) => {
    // Passport gives each run an object of its own that inherits from the strategy, with these five methods.
    const run = Object.assign(Object.create(strategy) as Strategy, {
      success: (user: User) => resolve({ type: 'success', user }),
      redirect: (url: string) => resolve({ type: 'redirect', url }),
      fail: (challenge: unknown) => resolve({ type: 'fail', challenge }),
      pass: () => resolve({ type: 'fail', challenge: 'The strategy let the request pass.' }),
      error: (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
    });
    try {
      run.authenticate(request as never, options);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
