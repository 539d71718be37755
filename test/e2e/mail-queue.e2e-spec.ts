import { Database } from '../../src/database/database';
import { Letters } from '../../src/mail/queue/letters';
import { MailQueue } from '../../src/mail/queue/mail-queue.service';
import { html } from '../../src/http/html';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { readMail, SMTP_USER, SmtpSink } from '../support/smtp-sink';

const HOUR_MS = 3_600_000;

interface Queued {
  readonly status: string;
  readonly attempts: number;
  readonly failure: string | null;
  readonly recipient: string | null;
  readonly sealed: string | null;
}

describe('Mail by SMTP', () => {
  const sink = new SmtpSink();
  let port: number;
  let service: TestApp;
  let acme: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let count = 0;

  beforeAll(async () => {
    port = await sink.start();
    service = await startApp({
      SMTP_URL: SmtpSink.url(port),
      MAIL_FROM: 'Gatehouse <no-reply@id.acme.test>',
    });
  });
  afterAll(async () => {
    await service?.close();
    await sink.stop();
  });
  beforeEach(async () => {
    acme = await service.workspace();
    admin = service.http(acme.admin.accessToken);
    sink.refusal = undefined;
  });

  const someone = (): string => `invited-${(count += 1)}@elsewhere.test`;
  const invite = async (email: string, terms: object = {}) => {
    const { body } = await admin
      .post('/v1/invitations')
      .send({ email, role: 'viewer', ...terms })
      .expect(201);
    return body as Record<string, unknown> & { id: string };
  };
  const shown = async (id: string) => {
    const { body } = await admin.get('/v1/invitations').expect(200);
    return body.data.find((invitation: { id: string }) => invitation.id === id) as Record<string, unknown>;
  };
  /** Everything that is due so long from now. */
  const later = (hours: number, app = service) =>
    app.app.get(Schedule).run('mail.deliver', new Date(Date.now() + hours * HOUR_MS));
  const queued = (aboutId: string) =>
    service.sql<Queued>('select * from mails where about_id = $1 order by id', [aboutId]);
  const jobs = (aboutId: string) =>
    service.sql('select j.* from mail_jobs j join mails m on m.id = j.mail_id where m.about_id = $1', [
      aboutId,
    ]);
  const dueAt = async (aboutId: string) => (await jobs(aboutId))[0]?.due_at as Date | undefined;
  const tokenIn = (text: string): string => new URL(/https?:\S+/.exec(text)![0]).searchParams.get('token')!;

  it('leaves over STARTTLS with the credentials of SMTP_URL, as text and as HTML', async () => {
    const email = someone();
    const sent = await invite(email);
    expect(sent).toMatchObject({ mailSent: true, mailStatus: 'sent', mailFailure: null, delivery: 'smtp' });
    const [mail, ...more] = sink.to(email);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      ...{ from: 'no-reply@id.acme.test', to: [email], user: SMTP_USER.name, overTls: true },
    });
    const { headers, parts } = readMail(mail!);
    const [row] = await service.sql<{ id: string }>('select id from mails where about_id = $1', [sent.id]);
    expect(Object.fromEntries(headers)).toMatchObject({
      from: 'Gatehouse <no-reply@id.acme.test>',
      to: email,
      subject: `Join ${acme.slug}`,
      'message-id': `<${row!.id}@id.acme.test>`,
      'auto-submitted': 'auto-generated',
      'mime-version': '1.0',
    });
    const [text, page] = [parts.get('text/plain')!, parts.get('text/html')!];
    const link = `${service.baseUrl}/invitation?token=${tokenIn(text)}`;
    expect(text).toContain(link);
    expect(page).toContain(`<a href="${link}">`);
    expect(await queued(sent.id)).toMatchObject([
      { status: 'sent', recipient: null, sealed: null, attempts: 1 },
    ]);
    expect(await jobs(sent.id)).toEqual([]);
  });

  it('links to PUBLIC_URL alone, whatever host the request names', async () => {
    const email = someone();
    await admin
      .post('/v1/invitations')
      .set('host', 'evil.test')
      .set('x-forwarded-host', 'evil.test')
      .send({ email, role: 'viewer' })
      .expect(201);
    const { source } = sink.to(email)[0]!;
    expect(source).not.toContain('evil.test');
    const links = [...readMail(sink.to(email)[0]!).parts.values()].flatMap(
      (part) => part.match(/https?:[^\s"<]+/g) ?? [],
    );
    expect(links.length).toBeGreaterThanOrEqual(2);
    for (const link of links) expect(link.startsWith(`${service.baseUrl}/`)).toBe(true);
  });

  it('says who invites by address, and takes no name that would be a header, markup or a link', async () => {
    await service.sql('update workspaces set name = $2 where id = $1', [
      acme.id,
      'Win at evil.test/car\r\nBcc: eve@evil.test',
    ]);
    await service.sql('update members set display_name = $2 where id = $1', [
      acme.admin.memberId,
      'Ada <img src=x>\r\nBcc: eve@evil.test',
    ]);
    const email = someone();
    await invite(email);
    const [mail] = sink.to(email);
    expect(mail!.to).toEqual([email]);
    const { headers, parts } = readMail(mail!);
    expect(headers.has('bcc')).toBe(false);
    expect(headers.get('subject')).toBe(`Join ${acme.slug}`);
    expect(mail!.source).not.toContain('evil.test');
    expect(parts.get('text/html')).not.toContain('<img');
    expect(parts.get('text/plain')).toContain(`${acme.admin.email} invites you`);
  });

  it('waits in the database while the server is down, and leaves once it is back, also after a restart', async () => {
    await sink.stop();
    const email = someone();
    const sent = await invite(email);
    expect(sent).toMatchObject({
      status: 'pending',
      mailSent: false,
      mailStatus: 'queued',
      mailFailure: 'esocket',
    });
    expect(await shown(sent.id)).toMatchObject({ mailStatus: 'queued', mailFailure: 'esocket' });
    await later(0);
    expect(await queued(sent.id)).toMatchObject([{ status: 'queued', attempts: 1, recipient: email }]);
    await later(1);
    expect(await queued(sent.id)).toMatchObject([{ status: 'queued', attempts: 2, failure: 'esocket' }]);
    const stored = JSON.stringify(await service.sql('select * from mails'));
    expect(stored).not.toContain('ghi_');

    await sink.start(port);
    const another = await startApp({ SMTP_URL: SmtpSink.url(port), PUBLIC_URL: service.baseUrl }, service);
    try {
      await Promise.all([later(2, another), later(2)]);
      expect(sink.to(email)).toHaveLength(1);
    } finally {
      await another.close();
    }
    expect(await shown(sent.id)).toMatchObject({ mailStatus: 'sent', mailFailure: null });
    const token = tokenIn(readMail(sink.to(email)[0]!).parts.get('text/plain')!);
    const accepting = { token, password: 'correct horse battery staple' };
    await service.http().post('/v1/invitations/accept').send(accepting).expect(200);
  });

  it('is taken up again when an instance died with it in hand, under the same Message-ID', async () => {
    const email = someone();
    const database = service.app.get(Database);
    const about = await database.inWorkspace(acme.id, async () => {
      const [{ id }] = (await database.query<{ id: string }>('select new_id() as id')) as [{ id: string }];
      const letter = { to: email, subject: 'Hello', text: 'Hello', html: html`<p>Hello</p>` };
      service.app.get(MailQueue, { strict: false }).add(letter, id);
      return id;
    });
    expect(sink.to(email)).toHaveLength(1);
    // As if it had died after the server took the mail, and before that was written down.
    const [{ id }] = (await service.sql<{ id: string }>('select id from mails where about_id = $1', [
      about,
    ])) as [{ id: string }];
    const letter = { subject: 'Hello', text: 'Hello', html: html`<p>Hello</p>` };
    const sealed = service.app.get(Letters, { strict: false }).seal({ letter }, acme.id, about);
    await service.sql(
      `update mails set status = 'queued', closed_at = null, recipient = $2, sealed = $3 where id = $1`,
      [id, email, sealed],
    );
    await service.sql(
      `insert into mail_jobs (mail_id, workspace_id, batch_id, attempts, due_at)
       values ($1, $2, $1, 1, now() + interval '2 minutes')`,
      [id, acme.id],
    );
    await later(0);
    expect(sink.to(email)).toHaveLength(1);
    await later(1);
    const ids = sink.to(email).map((mail) => readMail(mail).headers.get('message-id'));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('that the server refuses for good is given up at once; what it refuses for now is tried for a day and a half', async () => {
    sink.refusal = { code: 550, text: 'no such user: secret words of the server' };
    const unknown = await invite(someone());
    expect(await shown(unknown.id)).toMatchObject({
      status: 'pending',
      mailStatus: 'failed',
      mailFailure: 'smtp_550',
    });
    expect(await jobs(unknown.id)).toEqual([]);
    expect(JSON.stringify(await service.sql('select * from mails'))).not.toContain('secret words');

    sink.refusal = { code: 451, text: 'greylisted' };
    const slow = await invite(someone());
    const begun = Date.now();
    let [attempts, last] = [1, begun];
    for (let due = await dueAt(slow.id); due; due = await dueAt(slow.id), attempts += 1) {
      last = due.getTime();
      await service.app.get(Schedule).run('mail.deliver', due);
    }
    expect(attempts).toBe(16);
    expect((last - begun) / HOUR_MS).toBeGreaterThan(36);
    expect((last - begun) / HOUR_MS).toBeLessThan(42);
    expect(await shown(slow.id)).toMatchObject({ mailStatus: 'failed', mailFailure: 'smtp_451' });

    sink.refusal = undefined;
    const { body } = await admin.post(`/v1/invitations/${slow.id}/resend`).expect(200);
    expect(body).toMatchObject({ mailSent: true, mailStatus: 'sent' });
  });

  it('is in a hand only while it is under way: behind a slow server none waits there until another sends it too', async () => {
    sink.refusal = { code: 451, text: 'greylisted' };
    const people = Array.from({ length: 6 }, someone);
    for (const email of people) await invite(email);
    sink.refusal = undefined;
    let release = (): void => undefined;
    sink.holding = new Promise((resolve) => (release = resolve));
    const delivery = later(1);
    const inHand = async (): Promise<number> => {
      const jobs = await service.sql(
        `select from mail_jobs where workspace_id = $1 and due_at > now() + interval '55 minutes'`,
        [acme.id],
      );
      return jobs.length;
    };
    while ((await inHand()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await inHand()).toBe(4);
    release();
    sink.holding = undefined;
    await delivery;
    expect(people.map((email) => sink.to(email).length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('with a link that was revoked or replaced meanwhile does not leave', async () => {
    sink.refusal = { code: 451, text: 'greylisted' };
    const [revoked, resent] = [someone(), someone()];
    const first = await invite(revoked);
    const second = await invite(resent);
    await admin.delete(`/v1/invitations/${first.id}`).expect(204);
    await admin.post(`/v1/invitations/${second.id}/resend`).expect(200);
    sink.refusal = undefined;
    await later(1);
    expect(sink.to(revoked)).toEqual([]);
    expect(sink.to(resent)).toHaveLength(1);
    expect(await queued(second.id)).toMatchObject([
      { status: 'cancelled', sealed: null },
      { status: 'sent' },
    ]);
    expect(await shown(first.id)).toMatchObject({ status: 'revoked', mailStatus: 'cancelled' });
  });

  it('that nobody can read any more is given up, and holds up no other', async () => {
    sink.refusal = { code: 451, text: 'greylisted' };
    const [lost, good] = [await invite(someone()), await invite(someone())];
    await service.sql(`update mails set sealed = 'v1.broken' where about_id = $1`, [lost.id]);
    sink.refusal = undefined;
    await later(1);
    expect(await shown(lost.id)).toMatchObject({ mailStatus: 'failed', mailFailure: 'unreadable' });
    expect(await shown(good.id)).toMatchObject({ mailStatus: 'sent' });
  });

  it('that nobody can read any more keeps nobody from being erased, and goes with them', async () => {
    const person = await service.member(acme, 'viewer', { email: `lovelace@${acme.slug}.test` });
    sink.refusal = { code: 451, text: 'greylisted' };
    const [lost, good] = [await invite(someone()), await invite(someone())];
    // Sealed under a key that is gone.
    await service.sql(`update mails set sealed = 'v1.broken' where about_id = $1`, [lost.id]);
    await admin.get(`/v1/members/${person.memberId}/export`).expect(200);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
    expect([await queued(lost.id), await jobs(lost.id)]).toEqual([[], []]);
    expect(await queued(good.id)).toMatchObject([{ status: 'queued' }]);
  });

  it('that waits and names somebody goes with them when they are erased', async () => {
    const person = await service.member(acme, 'viewer', { email: `hopper@${acme.slug}.test` });
    sink.refusal = { code: 451, text: 'greylisted' };
    await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'admin' }).expect(200);
    const waiting = () =>
      service.sql(`select id from mails where workspace_id = $1 and status = 'queued'`, [acme.id]);
    expect(await waiting()).toHaveLength(2);
    const { body } = await admin.get(`/v1/members/${person.memberId}/export`).expect(200);
    expect(body.mails).toHaveLength(2);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
    expect(await waiting()).toEqual([]);
    sink.refusal = undefined;
    await later(1);
    expect(sink.mails.filter(({ source }) => source.includes('hopper'))).toEqual([]);
  });

  it('takes no other server for its own, and gives it no password', async () => {
    const impostor = new SmtpSink({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    const [untrusted, plain] = [
      await startApp({ SMTP_URL: SmtpSink.url(port, { trust: false }) }, service),
      await startApp({ SMTP_URL: SmtpSink.url(await impostor.start()) }, service),
    ];
    try {
      for (const instance of [untrusted, plain]) {
        const { body } = await instance
          .http(acme.admin.accessToken)
          .post('/v1/invitations')
          .send({ email: someone(), role: 'viewer' })
          .expect(201);
        expect(body).toMatchObject({ mailSent: false, mailStatus: 'queued' });
      }
      expect(impostor.mails).toEqual([]);
    } finally {
      await Promise.all([untrusted.close(), plain.close()]);
      await impostor.stop();
    }
  });
});
