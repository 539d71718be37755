/** ITU-T E.164: a plus, a country code and at most 15 digits in all. */
const E164 = /^\+[1-9]\d{6,14}$/;

/** The number as it is dialled, however it is typed; undefined for what is no international number. */
export function readPhoneNumber(typed: string): string | undefined {
  const dialled = typed
    .trim()
    .replaceAll(/[\s().\-/]/g, '')
    .replace(/^00/, '+');
  return E164.test(dialled) ? dialled : undefined;
}

/** What lists show of it: enough to know one's own number by. */
export const maskedNumber = (number: string): string => `${number.slice(0, 3)}•••${number.slice(-2)}`;
