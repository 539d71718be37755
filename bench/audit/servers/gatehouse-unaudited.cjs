// Gatehouse with one change: what a call records is noted for the check that it recorded something, and not written.
const { join } = require('node:path');

const dist = join(process.env.GATEHOUSE_DIR, 'dist/src');

const { noteRecorded } = require(join(dist, 'audit/recorded-events.js'));
require(join(dist, 'audit/audit-trail.js')).AuditTrail.prototype.record = noteRecorded;
require(join(dist, 'main.js'));
