import { parentPort } from 'node:worker_threads';
import { type VerificationJob, work } from './verification-job';

// The whole of a worker: it says when it is loaded, then does one job at a time, answered under its number. What is
// thrown ends the worker; the pool refuses the job and starts another.
parentPort?.on('message', ({ id, job }: { id: number; job: VerificationJob }) => {
  parentPort?.postMessage({ id, result: work(job) });
});
parentPort?.postMessage({ ready: true });
