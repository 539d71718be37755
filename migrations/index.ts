import { Foundation1764000000001 } from './0001-foundation';
import { Rooms1764000000002 } from './0002-rooms';
import { Memberships1764000000003 } from './0003-memberships';
import { FindConnection1764000000004 } from './0004-find-connection';
import { SignInAttempts1764000000005 } from './0005-sign-in-attempts';
import { ConnectionsEndSessions1764000000006 } from './0006-connections-end-sessions';
import { UserNameKey1764000000007 } from './0007-user-name-key';

/** In the order they run. */
export const MIGRATIONS = [
  Foundation1764000000001,
  Rooms1764000000002,
  Memberships1764000000003,
  FindConnection1764000000004,
  SignInAttempts1764000000005,
  ConnectionsEndSessions1764000000006,
  UserNameKey1764000000007,
];
