import { mentions } from './mentions';
import { StoredAuditEvent } from './stored-audit-event.entity';

const event = Object.assign(new StoredAuditEvent(), {
  id: '01a217be-d403-7d57-8c3b-252f3663c4b3',
  workspaceId: '01a217be-d386-777f-bc4a-34793b7d2654',
  time: new Date('2030-01-31T12:00:00Z'),
  type: 'scim.user_updated',
  risk: 'low',
  actorType: 'scim',
  actorId: '01a217be-ada0-7aaa-8aaa-aaaaaaaaaaaa',
  actorEmail: null,
  targetType: 'member',
  targetId: '01a217be-d3d0-7284-b6eb-8898c87cd09e',
  ip: '192.0.2.7',
  userAgent: 'Okta "SCIM" Client',
  requestId: null,
  data: { changes: { title: { before: null, after: 'Countess of Ünderland' } }, count: 17, ids: ['x-9'] },
  actorPerson: '01a217be-0000-7000-8000-00000000beef',
  sealedActor: 'c2VhbGVk',
  actorCommitment: 'QVjZ1gPwcq',
});

describe('A text in an audit event', () => {
  it.each([
    ...['user_UPDATED', 'low', 'scim', 'member', '192.0.2', 'okta "scim"', '2030-01-31'],
    ...['countess', 'ÜNDER', 'title', '17', 'x-9'],
    ...['01a217be-d3d0-7284-b6eb-8898c87cd09e', '8898c87cd09e'],
  ])('is found: %s', (text) => {
    expect(mentions(event, text)).toBe(true);
  });

  it.each([
    ...['actorEmail', 'person', 'userAgent', 'commitment', 'null', 'undefined', '"title"', 'workspace'],
    ...['beef', 'c2Vh', 'QVjZ', 'ada', 'nobody says this'],
  ])('is not there for whoever reads it: %s', (text) => {
    expect(mentions(event, text)).toBe(false);
  });
});
