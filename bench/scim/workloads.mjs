import { create } from './workloads/create.mjs';
import { lookUp } from './workloads/look-up.mjs';

/** What is measured, by the name it has on the command line. */
export const WORKLOADS = { create, 'look-up': lookUp };
