import { create } from './workloads/create.mjs';
import { load } from './workloads/load.mjs';
import { lookUp } from './workloads/look-up.mjs';
import { members, writers } from './workloads/members.mjs';
import { pages } from './workloads/pages.mjs';

/** What is measured, by the name it has on the command line. */
export const WORKLOADS = { create, 'look-up': lookUp, pages, members, writers, load };
