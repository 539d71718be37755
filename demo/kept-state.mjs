// Signing keys that outlive a restart, so that whoever trusted the provider yesterday trusts it today.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** The JSON in STATE_FILE; when there is none yet, what `create` makes, written there. Without STATE_FILE: made anew. */
export async function keptState(create) {
  const file = process.env.STATE_FILE;
  if (file && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const state = await create();
  if (file) writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  return state;
}
