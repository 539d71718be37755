import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type HashingJob, work } from './hashing-job';

// Linux gives a thread a priority of its own: whoever asks something else while many sign in goes first. Elsewhere it
// would be that of the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

// The whole of a worker: it says when it is loaded, then does one job at a time, answered under its number.
parentPort?.on('message', ({ id, job }: { id: number; job: HashingJob }) => {
  parentPort?.postMessage({ id, result: work(job) });
});
parentPort?.postMessage({ ready: true });
