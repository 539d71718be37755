import { AUDIT_EVENTS, type AuditEventType } from '../../audit/audit-event';
import { MEANINGS } from '../../audit/audit-event-meanings';
import type { ReadableEvent, SealedEntry } from '../../audit/seals/sealed-entries.service';
import { cefOf } from './cef';
import { webhookBody } from './event-line';
import { ocsfOf } from './ocsf';
import { syslogFrame } from './syslog-line';
import { signatureHeaders } from './webhook-signature';

const ID = '019a0000-0000-7000-8000-000000000001';

const entry = (event: Partial<ReadableEvent> = {}, erased = false): SealedEntry => ({
  ...{ seal: 7, position: 3, erased },
  event: {
    id: ID,
    time: '2030-01-01T00:00:00.500Z',
    type: 'secret.created',
    risk: 'medium',
    actor: { type: 'user', id: 'u1', email: 'ada@acme.test' },
    target: { type: 'secret', id: 's1' },
    workspaceId: 'w1',
    ip: '192.0.2.1',
    userAgent: 'Browser/1',
    requestId: 'r1',
    data: {},
    ...event,
  },
});

describe('A signed message', () => {
  it('is signed over id, time and body, as the Standard Webhooks specification computes it', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const body = '{"test": 2432232314}';
    const headers = signatureHeaders(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body },
      [secret],
      new Date(1_614_265_330_000),
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is an array or lines of JSON, and lines of text for CEF', () => {
    expect(webhookBody(['1', '2'], { format: 'ocsf', encoding: 'json' }).body).toBe('[1,2]');
    expect(webhookBody(['1', '2'], { format: 'ocsf', encoding: 'ndjson' }).body).toBe('1\n2\n');
    expect(webhookBody(['CEF:0'], { format: 'cef', encoding: 'json' })).toEqual({
      body: 'CEF:0\n',
      contentType: 'text/plain; charset=utf-8',
    });
  });
});

describe('An event in CEF', () => {
  it('is one line with a header of seven fields and pairs', () => {
    expect(cefOf(entry())).toBe(
      `CEF:0|Gatehouse|Gatehouse|1|secret.created|${MEANINGS['secret.created'].says}|5|` +
        `rt=1893456000500 externalId=${ID} cat=secret suid=u1 suser=ada@acme.test sourceServiceName=user ` +
        'src=192.0.2.1 requestClientApplication=Browser/1 duid=s1 cs1Label=targetType cs1=secret ' +
        'cs2Label=workspaceId cs2=w1 cs3Label=requestId cs3=r1 cn1Label=seal cn1=7 cn2Label=position cn2=3',
    );
  });

  it('cannot be broken out of by what somebody else wrote', () => {
    const line = cefOf(
      entry({
        userAgent: 'a=b\\c|d\r\nCEF:0|Evil|\nrisk=low\u0000\u001b[2J\u2028x',
        data: { name: 'x=1 suser=root' },
      }),
    );
    expect(line).not.toMatch(/[\r\n\u0000-\u001f\u2028]/);
    expect(line).toContain('requestClientApplication=a\\=b\\\\c|d\\nCEF:0|Evil|\\nrisk\\=low  [2J\\nx duid=');
    expect(line).toContain('cs4={"name":"x\\=1 suser\\=root"}');
  });

  describe('with more than a field holds', () => {
    const FULL = 3_999;
    const BEFORE = '{"note":"'.length;
    const dataOf = (note: string) => /cs4=(.*) cn1Label=/.exec(cefOf(entry({ data: { note } })))![1]!;

    it('is cut at 4,000 characters of data, and says so', () => {
      const most = 'x'.repeat(4_000 - '{"note":""}'.length);
      expect(dataOf(most)).toBe(`{"note":"${most}"}`);
      expect(dataOf(`${most}x`)).toBe(`{"note":"${'x'.repeat(FULL - BEFORE)}…`);
    });

    it.each([
      ['an escape sequence', '='],
      ['an escaped backslash, of which JSON makes two', '\\'],
      ['a surrogate pair', '😀'],
    ])('is never cut in the middle of %s', (_, character) => {
      for (let before = FULL - BEFORE - 6; before <= FULL - BEFORE; before += 1) {
        const text = dataOf('x'.repeat(before) + character.repeat(10));
        expect(text.length).toBeLessThanOrEqual(4_000);
        expect(text.length).toBeGreaterThanOrEqual(FULL);
        expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
        expect(text.replace(/\\[\\=]/g, '')).not.toContain('\\');
      }
    });

    it('is cut at 1,023 in the fields of the format itself', () => {
      const line = cefOf(entry({ userAgent: 'y'.repeat(8_000) }));
      expect(line).toContain(`requestClientApplication=${'y'.repeat(1_022)}… duid=s1`);
    });
  });

  it('has version 6 addresses in their own field, and says when something is erased', () => {
    const line = cefOf(entry({ ip: '2001:db8::1', actor: { type: 'user', id: null } }, true));
    expect(line).toContain('c6a2Label=Source IPv6 Address c6a2=2001:db8::1');
    expect(line).not.toMatch(/ src=| suser=/);
    expect(line).toContain('cs5Label=erased cs5=true');
  });
});

describe('A syslog frame', () => {
  const frame = (message: string, host = 'id.acme.test', type = 'auth.login_failed') =>
    syslogFrame(
      { time: '2030-01-01T00:00:00.500Z', type: type as AuditEventType, risk: 'high' },
      message,
      host,
    );

  it('begins with the length of the message in octets, not characters', () => {
    const text = frame('naïve ✓').toString();
    const [, length, rest] = /^(\d+) ([^]*)$/.exec(text)!;
    expect(Buffer.byteLength(rest!)).toBe(Number(length));
    expect(rest).toBe(
      '<108>1 2030-01-01T00:00:00.500Z id.acme.test gatehouse - auth.login_failed [origin software="Gatehouse"] naïve ✓',
    );
  });

  it('keeps to what a header may hold', () => {
    const long = frame('m', 'h\u00e9 st', 'x'.repeat(50)).toString();
    expect(long).toContain(` hst gatehouse - ${'x'.repeat(32)} [`);
    expect(frame('m', '').toString()).toContain('Z - gatehouse');
  });
});

describe('An event in OCSF', () => {
  const of = (event: Partial<ReadableEvent>) => ocsfOf(entry(event)) as Record<string, never>;
  const TYPES = Object.keys(AUDIT_EVENTS) as AuditEventType[];

  it.each(TYPES)('of the type %s has all that its class requires', (type) => {
    const variants: Partial<ReadableEvent>[] = [
      { type, data: { ...MEANINGS[type].example } },
      { type, actor: { type: 'system', id: null }, target: null, ip: null, userAgent: null, requestId: null },
      { type, actor: { type: 'user', id: null }, target: { type: 'member', id: null } },
    ];
    for (const variant of variants) {
      const event = of(variant) as Record<string, never> & Record<string, unknown>;
      expect(event).toMatchObject({
        activity_id: expect.any(Number),
        category_uid: Math.floor(Number(event.class_uid) / 1000),
        type_uid: Number(event.class_uid) * 100 + Number(event.activity_id),
        severity_id: 3,
        status_id: expect.any(Number),
        time: 1_893_456_000_500,
        metadata: {
          version: '1.1.0',
          product: { vendor_name: 'Gatehouse', name: 'Gatehouse' },
          uid: ID,
          event_code: type,
        },
      });
      const { class_uid: classUid, ...rest } = event as Record<string, unknown>;
      const named = (value: unknown) => {
        const { uid, name } = value as { uid?: string; name?: string };
        expect(uid ?? name).toEqual(expect.any(String));
      };
      named((rest.actor as { user: object }).user);
      if (classUid === 3001 || classUid === 3002) named(rest.user);
      if (classUid === 3002) named(rest.service);
      if (classUid === 3004) named(rest.entity);
      if (classUid === 3006) named(rest.group);
      if (classUid === 6003) {
        expect(rest.api).toMatchObject({ operation: type });
        expect(Object.keys(rest.src_endpoint as object)).toHaveLength(1);
      }
      expect([3001, 3002, 3004, 3006, 6003]).toContain(classUid);
    }
  });

  it.each<[string, Partial<ReadableEvent>, object]>([
    [
      'erases',
      { type: 'member.erased', target: { type: 'member', id: 'm2' }, data: { sources: [] } },
      { uid: 'm2', name: 'm2' },
    ],
    [
      'lets a directory deactivate',
      {
        type: 'scim.user_deactivated',
        target: { type: 'member', id: 'm2' },
        data: { userName: 'bob@acme.test', holdId: 'h1' },
      },
      { uid: 'm2', name: 'bob@acme.test' },
    ],
    [
      'signs out',
      {
        type: 'auth.session_ended',
        target: { type: 'session', id: 's2' },
        data: { memberId: 'm2', reason: 'ended_by_admin' },
      },
      { uid: 'm2', name: 'm2' },
    ],
    [
      'takes the second factors from, also once their address is erased',
      { type: 'auth.factors_reset', target: { type: 'member', id: 'm2' }, data: { factors: [] } },
      { uid: 'm2', name: 'm2' },
    ],
    [
      'makes an admin, also once their address is erased',
      { type: 'auth.role_escalated', target: { type: 'member', id: 'm2' }, data: { email: null } },
      { uid: 'm2', name: 'm2' },
    ],
  ])('is about the person whom an admin %s, not about the admin', (_, event, user) => {
    expect(of(event)).toMatchObject({ actor: { user: { email_addr: 'ada@acme.test' } } });
    expect(of(event).user).toEqual({ type_id: 1, type: 'User', ...user });
  });

  it('is about the person who sets up a factor of their own, not about the factor', () => {
    const { user } = of({
      type: 'auth.factor_enrolled',
      target: { type: 'factor', id: 'f1' },
      data: { memberId: 'm1' },
    });
    expect(user).toEqual({
      ...{ type_id: 1, type: 'User', uid: 'm1' },
      ...{ name: 'ada@acme.test', email_addr: 'ada@acme.test' },
    });
  });

  it.each([
    ['auth.login_succeeded', 3002, 1, 1],
    ['sso.login_failed', 3002, 1, 2],
    ['auth.logged_out', 3002, 2, 1],
    ['auth.factor_enrolled', 3001, 10, 1],
    ['auth.factor_removed', 3001, 11, 1],
    ['scim.user_created', 3001, 1, 1],
    ['scim.user_deactivated', 3001, 5, 1],
    ['member.erased', 3001, 6, 1],
    ['workspace.member_updated', 3001, 99, 1],
    ['scim.group_deleted', 3006, 5, 1],
    ['secret.accessed', 6003, 2, 1],
    ['access.refused', 6003, 99, 2],
    ['api_key.created', 3004, 1, 1],
    ['api_key.rotated', 3004, 3, 1],
    ['api_key.revoked', 3004, 4, 1],
    ['workspace.policy_updated', 3004, 3, 1],
  ] as const)('has %s as class %d, activity %d, status %d', (type, classUid, activityId, statusId) => {
    expect(of({ type })).toMatchObject({ class_uid: classUid, activity_id: activityId, status_id: statusId });
  });
});
