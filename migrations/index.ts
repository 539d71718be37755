import { Foundation1764000000001 } from './0001-foundation';
import { Rooms1764000000002 } from './0002-rooms';

/** In the order they run. */
export const MIGRATIONS = [Foundation1764000000001, Rooms1764000000002];
