import './v8-flags';
import 'reflect-metadata';
import { start } from './start';

start(process.env).catch((failure: unknown) => {
  // Before there is a logger: one sentence on the console, and for what nobody foresaw, where it came from.
  const expected = failure instanceof Error && ['ConfigError', 'StartError'].includes(failure.name);
  console.error(expected ? failure.message : failure);
  process.exit(1);
});
