/** Runs once after the e2e files: the throw-away server goes, with everything the tests left in it. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.testServer?.stop();
  globalThis.leaveTestRuns?.();
}
