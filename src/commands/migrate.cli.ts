import 'reflect-metadata';
import { runCommand } from './command';
import { Config } from '../config/config';
import { migrate } from '../database/migrate';

/** `npm run migrate`: what the service does at start, for operators who migrate in a step of their own. */
async function run(): Promise<void> {
  const { databaseUrl } = new Config(process.env);
  if (!databaseUrl) throw new Error('DATABASE_URL names the database to migrate; set it.');
  const ran = await migrate(databaseUrl);
  console.log(ran.length > 0 ? `Ran ${ran.join(', ')}.` : 'The database is up to date.');
}

void runCommand({
  usage: 'npm run migrate: brings the database at DATABASE_URL to this version.',
  work: run,
});
