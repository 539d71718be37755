import type { AuditEventDto } from './audit-events.dto';
import { EXPORT_FORMATS } from './audit-export';

const event: AuditEventDto = {
  id: '019a0000-0000-7000-8000-000000000001',
  time: '2030-01-01T00:00:00.000Z',
  type: 'auth.login_failed',
  risk: 'medium',
  actor: { type: 'user', id: null, email: 'ada@acme.test' },
  target: null,
  workspaceId: '019a0000-0000-7000-8000-000000000002',
  ip: '192.0.2.1',
  userAgent: '=HYPERLINK("http://evil.test")',
  requestId: 'r1',
  data: { reason: 'wrong "password",\nagain' },
};

describe('An export of the audit log', () => {
  it('has one event per line as JSON', () => {
    const line = EXPORT_FORMATS.ndjson.line(event);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual(event);
  });

  it('has a header and one quoted record per event as CSV', () => {
    const { head, line } = EXPORT_FORMATS.csv;
    expect(head).toMatch(/^id,time,type,risk,actorType,actorId,actorEmail,.*,data\r\n$/);
    expect(line(event)).toBe(
      '019a0000-0000-7000-8000-000000000001,2030-01-01T00:00:00.000Z,auth.login_failed,medium,user,,' +
        `ada@acme.test,,,019a0000-0000-7000-8000-000000000002,192.0.2.1,"'=HYPERLINK(""http://evil.test"")",r1,` +
        String.raw`"{""reason"":""wrong \""password\"",\nagain""}"` +
        '\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1', '＋1', '－1', '＠A1'])(
    'never begins a cell of CSV as a spreadsheet begins a formula: %j',
    (userAgent) => {
      const line = EXPORT_FORMATS.csv.line({ ...event, userAgent });
      expect(line).toMatch(new RegExp(`,"?'${userAgent.replace(/[+()]/g, '\\$&')}"?,r1,`));
    },
  );
});
