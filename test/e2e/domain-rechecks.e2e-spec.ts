import { randomUUID } from 'node:crypto';
import { DomainLookUp } from '../../src/domains/domain-look-up.service';
import { DomainsService } from '../../src/domains/domains.service';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { DnsServer } from '../support/dns-server';
import { FederatedSignIn, loginOf, refused } from '../support/federated-sign-in';
import { mailsTo } from '../support/outbox';

const DAY = 86_400_000;

describe('A proved domain that is looked at again', () => {
  let app: TestApp;
  let dns: DnsServer;
  let acme: TestWorkspace;
  let start: number;

  beforeAll(async () => {
    dns = await DnsServer.start();
    app = await startApp({ DNS_SERVERS: dns.address });
  });
  beforeEach(async () => {
    acme = await app.workspace();
    start = Date.now();
    // Domains of earlier tests would be looked at as well.
    await app.sql('delete from domains');
  });
  afterAll(async () => {
    await app?.close();
    await dns?.close();
  });

  const http = (workspace = acme) => app.http(workspace.admin.accessToken);
  const afterDays = (days: number): Date => new Date(start + days * DAY);
  const recheck = (days: number) => app.app.get(Schedule).run('domains.recheck', afterDays(days));
  const show = async (id: string) => (await http().get(`/v1/domains/${id}`).expect(200)).body;
  const mails = () =>
    mailsTo(app, acme.admin.email).map(({ subject }) => subject.split(': ').slice(1).join(': '));
  const events = async (id: string) =>
    (await app.auditEvents(acme.id)).filter(({ target_id }) => target_id === id).map(({ type }) => type);

  const enforcedOf = async (id: string) =>
    (await app.auditEvents(acme.id, 'domain.failing')).findLast(({ target_id }) => target_id === id)?.data
      .enforced;

  async function proved(domain = `d-${randomUUID().slice(0, 8)}.test`, workspace = acme) {
    const { body } = await http(workspace).post('/v1/domains').send({ domain }).expect(201);
    dns.set(body.dnsRecord.name, [body.dnsRecord.value]);
    await http(workspace).post(`/v1/domains/${body.id}/verify`).expect(200);
    return body as { id: string; domain: string; dnsRecord: { name: string; value: string } };
  }

  it('stays what it is while its record is there', async () => {
    const { id } = await proved();
    await recheck(1);
    expect(await show(id)).toMatchObject({
      ...{ status: 'verified', lastResult: 'record_found', graceUntil: null },
      lastCheckedAt: afterDays(1).toISOString(),
    });
    expect(mails()).toEqual([]);
    expect(await events(id)).toEqual(['domain.added', 'domain.verified']);
  });

  it('fails at the first miss and has seven days; the admins hear of it at once and as time runs out', async () => {
    const { id, domain, dnsRecord } = await proved();
    dns.remove(dnsRecord.name);
    await recheck(1);
    expect(await show(id)).toMatchObject({
      ...{ status: 'failing', lastResult: 'record_missing' },
      graceUntil: afterDays(8).toISOString(),
    });
    for (const days of [1.5, 2, 3, 4, 5, 5.5, 6, 7, 7.5]) await recheck(days);
    expect(mails()).toEqual(
      [7, 3, 1].map((days) => `${domain} can no longer be proved: ${days} day${days > 1 ? 's' : ''} left`),
    );
    expect(mailsTo(app, acme.admin.email)[0]!.text).toContain(dnsRecord.value);
    expect(await events(id)).toEqual(['domain.added', 'domain.verified', 'domain.failing']);
    await expect(app.app.get(DomainsService).workspaceOfVerifiedDomain(domain)).resolves.toBe(acme.id);
  });

  it('is lost after that, and free for another workspace', async () => {
    const { id, domain, dnsRecord } = await proved();
    dns.set(dnsRecord.name, ['something else']);
    await recheck(1);
    await recheck(8.1);
    expect(await show(id)).toMatchObject({ status: 'lost', lastResult: 'record_differs', graceUntil: null });
    expect(mails().at(-1)).toBe(`${domain} is lost`);
    const [lost] = await app.auditEvents(acme.id, 'domain.lost');
    expect(lost).toMatchObject({ risk: 'high', actor_type: 'system', data: { domain, enforced: false } });
    await expect(app.app.get(DomainsService).workspaceOfVerifiedDomain(domain)).resolves.toBeUndefined();

    const globex = await app.workspace();
    await proved(domain, globex);
    dns.set(dnsRecord.name, [dnsRecord.value]);
    const { body } = await http().post(`/v1/domains/${id}/verify`).expect(409);
    expect(body.code).toBe('domain_taken');
    expect(await show(id)).toMatchObject({ status: 'lost', lastResult: 'domain_taken' });
    await recheck(20);
    expect(mails().filter((subject) => subject.endsWith('is lost'))).toHaveLength(1);
  });

  it('recovers by itself while failing, and by being verified when lost', async () => {
    const { id, domain, dnsRecord } = await proved();
    dns.remove(dnsRecord.name);
    await recheck(1);
    dns.set(dnsRecord.name, [dnsRecord.value]);
    await recheck(2);
    expect(await show(id)).toMatchObject({ status: 'verified', graceUntil: null });
    expect(mails().at(-1)).toBe(`${domain} is proved again`);

    dns.remove(dnsRecord.name);
    for (const days of [3, 11]) await recheck(days);
    expect(await show(id)).toMatchObject({ status: 'lost' });
    dns.set(dnsRecord.name, [dnsRecord.value]);
    await http().post(`/v1/domains/${id}/verify`).expect(200);
    expect(await show(id)).toMatchObject({ status: 'verified', lastResult: 'record_found' });
    expect(await events(id)).toEqual([
      ...['domain.added', 'domain.verified', 'domain.failing', 'domain.verified'],
      ...['domain.failing', 'domain.lost', 'domain.verified'],
    ]);
  });

  it('has seven days anew when it was verified by hand in between', async () => {
    const { id, dnsRecord } = await proved();
    dns.remove(dnsRecord.name);
    await recheck(1);
    dns.set(dnsRecord.name, [dnsRecord.value]);
    await http().post(`/v1/domains/${id}/verify`).expect(200);
    expect(await show(id)).toMatchObject({ status: 'verified', graceUntil: null });
    dns.remove(dnsRecord.name);
    await recheck(9);
    expect(await show(id)).toMatchObject({ status: 'failing', graceUntil: afterDays(16).toISOString() });
    expect(await events(id)).not.toContain('domain.lost');
  });

  it('is one of all there are, however many', async () => {
    const many = 25;
    await app.sql(
      `with made as (
         insert into domains (workspace_id, domain, token, status, verified_at)
         select $1, format('many-%s.test', n), 'f00d', 'verified', now() from generate_series(1, $2) n returning id, domain)
       insert into verified_domains (domain, domain_id, workspace_id) select domain, id, $1 from made`,
      [acme.id, many],
    );
    await recheck(1);
    expect(await app.auditEvents(acme.id, 'domain.failing')).toHaveLength(many);
  });

  it('stays lost when another instance lost it while DNS was being asked', async () => {
    const { id, dnsRecord } = await proved();
    dns.remove(dnsRecord.name);
    const looking = app.app.get(DomainLookUp, { strict: false });
    const lookUp = looking.lookUp.bind(looking);
    const slow = jest.spyOn(looking, 'lookUp').mockImplementationOnce(async (record) => {
      await app.sql('delete from verified_domains where domain_id = $1', [id]);
      await app.sql(`update domains set status = 'lost' where id = $1`, [id]);
      return lookUp(record);
    });
    await recheck(0);
    slow.mockRestore();
    expect(await show(id)).toMatchObject({ status: 'lost', graceUntil: null });
    expect(await events(id)).not.toContain('domain.failing');
    expect(mails()).toEqual([]);
  });

  it('is not lost because DNS is out of order', async () => {
    const { id, dnsRecord } = await proved();
    dns.set(dnsRecord.name, 'failing');
    await recheck(1);
    expect(await show(id)).toMatchObject({ status: 'verified', lastResult: 'dns_unavailable' });
    dns.remove(dnsRecord.name);
    await recheck(2);
    dns.set(dnsRecord.name, 'failing');
    await recheck(30);
    expect(await show(id)).toMatchObject({ status: 'failing', lastResult: 'dns_unavailable' });
    expect(await events(id)).not.toContain('domain.lost');
  });

  it('does not fail when an admin has proved it again while DNS was being asked', async () => {
    const { id, dnsRecord } = await proved();
    dns.remove(dnsRecord.name);
    const looking = app.app.get(DomainLookUp, { strict: false });
    const lookUp = looking.lookUp.bind(looking);
    const slow = jest.spyOn(looking, 'lookUp').mockImplementationOnce(async (record) => {
      const missed = await lookUp(record);
      dns.set(dnsRecord.name, [dnsRecord.value]);
      await http().post(`/v1/domains/${id}/verify`).expect(200);
      return missed;
    });
    await recheck(0);
    slow.mockRestore();
    expect(await show(id)).toMatchObject({ status: 'verified', lastResult: 'record_found' });
    expect(await events(id)).not.toContain('domain.failing');
    expect(mails()).toEqual([]);
  });

  it('keeps its rights while failing and loses them when lost, but nobody who is linked', async () => {
    const signIn = new FederatedSignIn(app);
    const { id, domain, dnsRecord } = await proved();
    const scene = { connection: await signIn.connect(acme) };
    dns.remove(dnsRecord.name);
    await recheck(0.1);
    await signIn.signIn(scene, loginOf('ada', `ada@${domain}`));
    // Its time is up, whether or not anybody has looked again since.
    await app.sql(`update domains set grace_until = now() - interval '1 second' where id = $1`, [id]);
    await expect(signIn.signIn(scene, loginOf('bob', `bob@${domain}`))).rejects.toEqual(
      refused('email_domain_not_verified', 403),
    );
    await recheck(8);
    expect(await show(id)).toMatchObject({ status: 'lost' });
    await signIn.signIn(scene, loginOf('ada', `ada@${domain}`));
    await expect(signIn.signIn(scene, loginOf('bob', `bob@${domain}`))).rejects.toEqual(
      refused('email_domain_not_verified', 403),
    );
  });

  it('says what follows when single sign-on is enforced, and leaves it enforced', async () => {
    const { domain, dnsRecord } = await proved();
    // What else enforcement needs is not the matter here.
    await app.sql(`do $$ begin
      perform set_config('session_replication_role', 'replica', true);
      update workspace_policies set sso_enforced = true where workspace_id = '${acme.id}';
    end $$`);
    dns.remove(dnsRecord.name);
    for (const days of [1, 9]) await recheck(days);
    const [failing, lost] = (await app.auditEvents(acme.id)).filter(({ type }) => /failing|lost/.test(type));
    expect(failing!.data).toMatchObject({ domain, enforced: true });
    expect(lost!.data).toMatchObject({ enforced: true, consequence: expect.stringContaining('nobody new') });
    for (const { text } of mailsTo(app, acme.admin.email)) expect(text).toContain('enforces single sign-on');
    const { body } = await http().get('/v1/workspace/policy').expect(200);
    expect(body.sso.enforced).toBe(true);

    // One that is beyond doubt answers for the workspace; one that was never proved does not.
    const another = await proved();
    await http().post('/v1/domains').send({ domain: 'never-proved.test' }).expect(201);
    dns.remove(another.dnsRecord.name);
    await recheck(10);
    expect(await enforcedOf(another.id)).toBe(true);
    dns.set(another.dnsRecord.name, [another.dnsRecord.value]);
    await recheck(11);
    const third = await proved();
    dns.remove(third.dnsRecord.name);
    await recheck(12);
    expect(await enforcedOf(third.id)).toBe(false);
  });
});
