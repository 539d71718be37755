import { revokedSessionOf, SESSION_REVOKED } from './security-event';

const NOW = 1_800_000_000;
const ADA = { format: 'email', email: 'ada@acme.test' };
const told = (event: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  revokedSessionOf({ iat: NOW, sub_id: ADA, events: { [SESSION_REVOKED]: event }, ...more });

/** RFC 8417; CAEP 1.0 section 3.1. */
describe('A session that was revoked', () => {
  it('is that of the subject of the token, or of the event, as drafts had it', () => {
    expect(told({})?.whom).toEqual({ person: ADA });
    expect(told({ subject: ADA }, { sub_id: undefined })?.whom).toEqual({ person: ADA });
    const bob = { format: 'email', email: 'bob@acme.test' };
    expect(told({ subject: bob })?.whom).toEqual({ person: ADA });
  });

  it.each([
    ['when the event says so', { event_timestamp: NOW - 30 }, { toe: NOW - 20 }, NOW - 30],
    ['in milliseconds as well', { event_timestamp: (NOW - 30) * 1_000 }, {}, NOW - 30],
    ['or when the token does', {}, { toe: NOW - 20 }, NOW - 20],
    ['or when it was told', { event_timestamp: 'yesterday' }, { toe: 0 }, NOW],
    ['and never later than it was told', { event_timestamp: NOW + 3_600 }, {}, NOW],
  ])('was so %s', (_, event, more, seconds) => {
    expect(told(event, more)?.at).toEqual(new Date(seconds * 1_000));
  });

  it('is not told of by events of other kinds', () => {
    expect(revokedSessionOf({ iat: NOW, sub_id: ADA, events: { 'urn:other': {} } })).toBeUndefined();
  });
});
