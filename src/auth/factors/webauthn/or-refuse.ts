import { InvalidPasskey } from '../invalid-code';

/** Whatever the library throws about an answer is an answer that proves nothing. */
export function orRefuse<T>(why: string, work: () => T): T {
  const refuse = (): never => {
    throw new InvalidPasskey(why);
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(refuse) as T) : result;
  } catch {
    return refuse();
  }
}
