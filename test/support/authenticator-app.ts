import { createHmac } from 'node:crypto';
import type { TestApp } from './app';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

/** How long a code may be under way on a busy machine. */
const ARRIVAL_MS = 4_000;

/** Everything in this process waits, so that whoever asks for a code need not. */
const sleepFor = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** What a person has on the phone: it knows a seed in base32 and shows codes (RFC 6238), independently of ours. */
export class AuthenticatorApp {
  private readonly seed: Buffer;
  private lastShown = 0;

  constructor(secret: string) {
    const bits = [...secret].map((char) => ALPHABET.indexOf(char).toString(2).padStart(5, '0')).join('');
    this.seed = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  }

  /** The code of this moment, or of so many steps from now. */
  code(steps = 0): string {
    return this.codeOf(Math.floor(Date.now() / STEP_MS) + steps);
  }

  /**
   * A code that was not shown before and is still, or already, accepted. The clock allows three in half a minute:
   * one step early, now, one step late. An early one that is about to run out would not arrive in time: not shown.
   */
  next(): string {
    const early = Math.floor(Date.now() / STEP_MS) - 1;
    const left = STEP_MS - (Date.now() % STEP_MS);
    if (this.lastShown < early && left < ARRIVAL_MS) sleepFor(left);
    this.lastShown = Math.max(Math.floor(Date.now() / STEP_MS) - 1, this.lastShown + 1);
    return this.codeOf(this.lastShown);
  }

  /** A code that is wrong now, and in the steps around. */
  wrong(): string {
    const right = [-2, -1, 0, 1, 2].map((steps) => this.code(steps));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find(
      (code) => !right.includes(code),
    )!;
  }

  private codeOf(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigInt64BE(BigInt(step));
    const hash = createHmac('sha1', this.seed).update(counter).digest();
    const at = hash.at(-1)! % 16;
    return String((hash.readInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }
}

/** Somebody with a second factor. */
export interface Enrolled {
  readonly factorId: string;
  readonly app: AuthenticatorApp;
  readonly recoveryCodes: string[];
}

/** Sets up and confirms an authenticator app over the API. */
export async function enrol(service: TestApp, accessToken: string): Promise<Enrolled> {
  const person = service.http(accessToken);
  const { body } = await person.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
  const app = new AuthenticatorApp(body.secret);
  const confirmed = await person
    .post(`/v1/auth/factors/${body.id}/confirm`)
    .send({ code: app.next() })
    .expect(200);
  return { factorId: body.id, app, recoveryCodes: confirmed.body.recoveryCodes };
}
