import { parentPort } from 'node:worker_threads';
import { type MetadataJob, readMetadata } from './metadata-job';

// The whole of a worker: see WorkerPool for what it says and hears.
parentPort?.on('message', ({ id, job }: { id: number; job: MetadataJob }) => {
  parentPort?.postMessage({ id, result: readMetadata(job) });
});
parentPort?.postMessage({ ready: true });
