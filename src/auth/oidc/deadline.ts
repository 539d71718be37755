import { OidcRefusal } from './protocol/refusal';

/** Time for everything that one sign-in asks a provider, since a person is waiting for the sum of it. */
export class Deadline {
  private readonly at: number;

  constructor(private readonly milliseconds: number) {
    this.at = Date.now() + milliseconds;
  }

  /**
   * The result of `work`, if it comes in time. What comes later is left to itself.
   * @throws OidcRefusal idp_unreachable
   */
  async race<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new OidcRefusal('idp_unreachable', `no answer within ${this.milliseconds} ms`)),
        Math.max(0, this.at - Date.now()),
      );
    });
    try {
      return await Promise.race([work, expiry]);
    } finally {
      clearTimeout(timer);
    }
  }
}
