import 'reflect-metadata';
import { Config } from '../config/config';
import { migrate } from './migrate';

/** `npm run migrate`: what the service does at start, for operators who migrate in a step of their own. */
async function run(): Promise<void> {
  const { databaseUrl } = new Config(process.env);
  if (!databaseUrl) throw new Error('DATABASE_URL names the database to migrate; set it.');
  const ran = await migrate(databaseUrl);
  console.log(ran.length > 0 ? `Ran ${ran.join(', ')}.` : 'The database is up to date.');
}

run().catch((failure: unknown) => {
  console.error(failure instanceof Error ? failure.message : failure);
  process.exit(1);
});
