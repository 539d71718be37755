// Gatehouse with one change: every look-up of a credential is a round trip of its own, on any free connection.
const { join } = require('node:path');

const dist = join(process.env.GATEHOUSE_DIR, 'dist/src');
const batches = require(join(dist, 'database/tick-batch.js'));
const { TickBatch } = batches;

batches.TickBatch = class extends TickBatch {
  constructor(nameOf, load) {
    super(nameOf, load, Number(process.env.DATABASE_POOL_SIZE), 1);
  }
};
require(join(dist, 'main.js'));
