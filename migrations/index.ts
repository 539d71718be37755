import { Foundation1764000000001 } from './0001-foundation';
import { WorkspacesAndPeople1764000000002 } from './0002-workspaces-and-people';
import { WaysIn1764000000003 } from './0003-ways-in';
import { AuditLog1764000000004 } from './0004-audit-log';
import { Memberships1764000000005 } from './0005-memberships';
import { FindConnection1764000000006 } from './0006-find-connection';
import { SignInAttempts1764000000007 } from './0007-sign-in-attempts';
import { ConnectionsEndSessions1764000000008 } from './0008-connections-end-sessions';
import { UserNameKey1764000000009 } from './0009-user-name-key';
import { ProviderSessions1764000000010 } from './0010-provider-sessions';
import { WeakEncryption1764000000011 } from './0011-weak-encryption';
import { ServiceProvider1764000000012 } from './0012-service-provider';
import { OpenidConnectOptions1764000000013 } from './0013-openid-connect-options';
import { ConnectionLifecycle1764000000014 } from './0014-connection-lifecycle';
import { WhoSomebodyIs1764000000015 } from './0015-who-somebody-is';
import { Signals1764000000016 } from './0016-signals';
import { WhatRunsByItself1764000000017 } from './0017-what-runs-by-itself';
import { SecondFactors1764000000018 } from './0018-second-factors';
import { SetupLinks1764000000019 } from './0019-setup-links';
import { SessionUse1764000000020 } from './0020-session-use';
import { DirectoryGroups1764000000021 } from './0021-directory-groups';
import { FindingUsers1764000000022 } from './0022-finding-users';
import { WhatDirectoriesChange1764000000023 } from './0023-what-directories-change';
import { CredentialsOfDirectories1764000000024 } from './0024-credentials-of-directories';
import { AuditProof1764000000026 } from './0026-audit-proof';
import { SessionsAndDevices1764000000027 } from './0027-sessions-and-devices';
import { WhatPeopleHold1764000000028 } from './0028-what-people-hold';
import { PasswordsAndDevices1764000000029 } from './0029-passwords-and-devices';
import { RateLimits1764000000030 } from './0030-rate-limits';
import { UseOfApiKeys1764000000031 } from './0031-use-of-api-keys';
import { KeepingOfSecrets1764000000032 } from './0032-keeping-of-secrets';
import { AuditStreams1764000000034 } from './0034-audit-streams';
import { PeopleInOrder1764000000033 } from './0033-people-in-order';
import { NewcomersAtOnce1764000000035 } from './0035-newcomers-at-once';
import { DirectoriesInLine1764000000036 } from './0036-directories-in-line';
import { ConnectionsEndWhatIsUnderWay1764000000037 } from './0037-connections-end-what-is-under-way';
import { AuditKeyRotation1764000000038 } from './0038-audit-key-rotation';
import { AuditArchives1764000000039 } from './0039-audit-archives';
import { AccessReviews1764000000041 } from './0041-access-reviews';
import { NoSessionSlipsBy1764000000042 } from './0042-no-session-slips-by';
import { CheaperAuditEntries1764000000044 } from './0044-cheaper-audit-entries';
import { NewcomersCostLess1764000000046 } from './0046-newcomers-cost-less';
import { NoWayAroundAStricterPolicy1764000000047 } from './0047-no-way-around-a-stricter-policy';
import { CancelledReviews1764000000049 } from './0049-cancelled-reviews';
import { FoundByWhatTheyBelongTo1764000000054 } from './0054-found-by-what-they-belong-to';
import { SessionsOfOneMember1764000000055 } from './0055-sessions-of-one-member';
import { LargeChanges1764000000056 } from './0056-large-changes';
import { RunningSessionsInPortions1764000000057 } from './0057-running-sessions-in-portions';
import { EndsReachSecondSteps1764000000050 } from './0050-ends-reach-second-steps';
import { CallsDoneOnce1764000000051 } from './0051-calls-done-once';
import { WhatLeavingTakesAlong1764000000060 } from './0060-what-leaving-takes-along';
import { DirectoriesChangeTheirMind1764000000065 } from './0065-directories-change-their-mind';
import { DeparturesTakenBack1764000000062 } from './0062-departures-taken-back';
import { SignedMetadata1764000000048 } from './0048-signed-metadata';
import { FoundByAddress1764000000052 } from './0052-found-by-address';
import { ArrivalsEndInvitations1764000000053 } from './0053-arrivals-end-invitations';
import { OneSpellingOfAddresses1764000000058 } from './0058-one-spelling-of-addresses';
import { SecondStepsEndFirst1764000000059 } from './0059-second-steps-end-first';
import { MakersAndOneOrder1764000000063 } from './0063-makers-and-one-order';
import { LinkingAsksAsBefore1764000000066 } from './0066-linking-asks-as-before';
import { ProviderEndings1764000000067 } from './0067-provider-endings';
import { AddressesOfBefore1764000000068 } from './0068-addresses-of-before';
import { WorkspacesNamedOnce1764000000075 } from './0075-workspaces-named-once';
import { DemandsThatKeepPeopleOut1764000000078 } from './0078-demands-that-keep-people-out';
import { TakenBackAfterANo1764000000079 } from './0079-taken-back-after-a-no';
import { PagesByTheIndexAlone1764000000080 } from './0080-pages-by-the-index-alone';
import { IdsInOrder1764000000084 } from './0084-ids-in-order';
import { FormerBreakGlassAdmins1764000000087 } from './0087-former-break-glass-admins';
import { WhoAnswersForIt1764000000090 } from './0090-who-answers-for-it';
import { FormerAdminsKeepNoGlass1764000000091 } from './0091-former-admins-keep-no-glass';
import { WhatASwitchTakesAlong1764000000094 } from './0094-what-a-switch-takes-along';
import { NewcomersOfLivingDirectories1764000000095 } from './0095-newcomers-of-living-directories';
import { BreakGlassInOneOrder1764000000096 } from './0096-break-glass-in-one-order';
import { UsersNobodyKnows1764000000099 } from './0099-users-nobody-knows';
import { WhatALateFactorGivesBack1764000000101 } from './0101-what-a-late-factor-gives-back';
import { SinceWhenKeysHoldNothing1764000000102 } from './0102-since-when-keys-hold-nothing';
import { OneByOneIntoKnownGroups1764000000098 } from './0098-one-by-one-into-known-groups';
import { SessionsChangeInTheirPlace1764000000077 } from './0077-sessions-change-in-their-place';
import { AccountsOfOneMember1764000000069 } from './0069-accounts-of-one-member';

/** In the order they run. */
export const MIGRATIONS = [
  Foundation1764000000001,
  WorkspacesAndPeople1764000000002,
  WaysIn1764000000003,
  AuditLog1764000000004,
  Memberships1764000000005,
  FindConnection1764000000006,
  SignInAttempts1764000000007,
  ConnectionsEndSessions1764000000008,
  UserNameKey1764000000009,
  ProviderSessions1764000000010,
  WeakEncryption1764000000011,
  ServiceProvider1764000000012,
  OpenidConnectOptions1764000000013,
  ConnectionLifecycle1764000000014,
  WhoSomebodyIs1764000000015,
  Signals1764000000016,
  WhatRunsByItself1764000000017,
  SecondFactors1764000000018,
  SetupLinks1764000000019,
  SessionUse1764000000020,
  DirectoryGroups1764000000021,
  FindingUsers1764000000022,
  WhatDirectoriesChange1764000000023,
  CredentialsOfDirectories1764000000024,
  AuditProof1764000000026,
  SessionsAndDevices1764000000027,
  WhatPeopleHold1764000000028,
  PasswordsAndDevices1764000000029,
  RateLimits1764000000030,
  UseOfApiKeys1764000000031,
  KeepingOfSecrets1764000000032,
  AuditStreams1764000000034,
  PeopleInOrder1764000000033,
  NewcomersAtOnce1764000000035,
  DirectoriesInLine1764000000036,
  ConnectionsEndWhatIsUnderWay1764000000037,
  AuditKeyRotation1764000000038,
  AuditArchives1764000000039,
  AccessReviews1764000000041,
  NoSessionSlipsBy1764000000042,
  CheaperAuditEntries1764000000044,
  NewcomersCostLess1764000000046,
  NoWayAroundAStricterPolicy1764000000047,
  CancelledReviews1764000000049,
  SignedMetadata1764000000048,
  EndsReachSecondSteps1764000000050,
  FoundByAddress1764000000052,
  ArrivalsEndInvitations1764000000053,
  FoundByWhatTheyBelongTo1764000000054,
  SessionsOfOneMember1764000000055,
  LargeChanges1764000000056,
  RunningSessionsInPortions1764000000057,
  CallsDoneOnce1764000000051,
  OneSpellingOfAddresses1764000000058,
  SecondStepsEndFirst1764000000059,
  WhatLeavingTakesAlong1764000000060,
  DeparturesTakenBack1764000000062,
  DirectoriesChangeTheirMind1764000000065,
  MakersAndOneOrder1764000000063,
  LinkingAsksAsBefore1764000000066,
  ProviderEndings1764000000067,
  AddressesOfBefore1764000000068,
  AccountsOfOneMember1764000000069,
  WorkspacesNamedOnce1764000000075,
  DemandsThatKeepPeopleOut1764000000078,
  SessionsChangeInTheirPlace1764000000077,
  TakenBackAfterANo1764000000079,
  PagesByTheIndexAlone1764000000080,
  IdsInOrder1764000000084,
  FormerBreakGlassAdmins1764000000087,
  WhoAnswersForIt1764000000090,
  FormerAdminsKeepNoGlass1764000000091,
  WhatASwitchTakesAlong1764000000094,
  NewcomersOfLivingDirectories1764000000095,
  BreakGlassInOneOrder1764000000096,
  OneByOneIntoKnownGroups1764000000098,
  UsersNobodyKnows1764000000099,
  WhatALateFactorGivesBack1764000000101,
  SinceWhenKeysHoldNothing1764000000102,
];
