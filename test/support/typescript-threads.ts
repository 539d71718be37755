import { join } from 'node:path';

// Threads that the service starts are outside Jest, so they are told how to read TypeScript as processes are.
process.execArgv.push('--require', join(__dirname, 'run-typescript.cjs'));
