// A process of Jest has half a second to end, then Jest calls it a leak. Taking down a heap of several hundred megabytes
// piece by piece takes longer on a busy machine, though nothing is left open: it is left to the system as a whole.
if (process.send) process.once('exit', (code) => process.exit(code));
