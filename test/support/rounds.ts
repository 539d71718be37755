/**
 * How often a test repeats something whose outcome depends on timing, or how many cases it draws: few on every run, many
 * under `npm run test:nightly`.
 */
export const rounds = ({ always, nightly }: { always: number; nightly: number }): number =>
  process.env.TEST_PROFILE === 'nightly' ? nightly : always;
