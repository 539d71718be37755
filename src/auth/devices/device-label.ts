/** Later ones call themselves by the names of earlier ones too, so the order counts. */
const PROGRAMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex Browser'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
  [/^PostmanRuntime\//, 'Postman'],
  [/^python-(requests|httpx|urllib)\b/i, 'Python'],
  [/^(node|undici|axios|node-fetch)\b/i, 'Node.js'],
  [/^Go-http-client\//, 'Go'],
  [/^(okhttp|Java|Apache-HttpClient)\b/, 'Java'],
];

const SYSTEMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bWindows\b/, 'Windows'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\b(Macintosh|Mac OS X)\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/**
 * What somebody signed in with, for people: "Firefox on Windows", from the User-Agent header. It is what the program
 * says of itself and proves nothing. Of a program nobody knows it is the name in front; null where there is none.
 */
export function deviceLabel(userAgent: string | null | undefined): string | null {
  const text = userAgent?.slice(0, 512) ?? '';
  const program = nameIn(PROGRAMS, text) ?? /^[\w .-]{1,40}(?=\/|$)/.exec(text)?.[0].trim();
  const system = nameIn(SYSTEMS, text);
  if (!program || (program === 'Mozilla' && !system)) return null;
  if (!system) return program;
  return program === 'Mozilla' ? `A browser on ${system}` : `${program} on ${system}`;
}

const nameIn = (known: typeof PROGRAMS, text: string): string | undefined =>
  known.find(([pattern]) => pattern.test(text))?.[1];
