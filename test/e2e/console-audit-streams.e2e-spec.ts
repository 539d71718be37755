import { Sealer } from '../../src/audit/seals/sealer.service';
import { StreamPump } from '../../src/audit-streams/delivery/stream-pump.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signatureOf, WebhookReceiver } from '../support/log-receivers';
import { signInOnPages } from '../support/page-sign-in';

describe('Audit streams in the console', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    await service.sql(`insert into plans (name, features) values ('small', '{}')`);
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
    receiver = await WebhookReceiver.listen();
  });
  afterEach(() => receiver.close());

  const open = (somebody = browser): Promise<Page> =>
    somebody.open(`${service.baseUrl}/console/audit-streams`);
  const press = (path: string, values: Record<string, string> = {}, somebody = browser): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console/audit-streams${path}`);
    return somebody.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(values) }, {});
  };
  const WEBHOOK = { format: 'gatehouse', startAt: 'now', encoding: 'ndjson', name: '', authorization: '' };
  const make = (values: Record<string, string> = {}) =>
    press('/webhooks', { ...WEBHOOK, url: receiver.url, ...values });
  const only = async () => {
    const { body } = await service.http(workspace.admin.accessToken).get('/v1/audit-streams').expect(200);
    expect(body.data).toHaveLength(1);
    return body.data[0] as { id: string } & Record<string, unknown>;
  };
  const types = () => receiver.events<{ type: string }>().map(({ type }) => type);
  const goesOut = async () => {
    await service.app.get(Sealer).now(workspace.id);
    await service.app.get(StreamPump).look();
  };

  it('says what a stream is for where there is none', async () => {
    expect((await open()).text).toContain('The log is sent nowhere');
  });

  it('sends the log to a webhook, whose signing secret is shown once', async () => {
    const made = await make({ name: 'SIEM', authorization: 'Splunk abc', types: 'audit_stream.created\r\n' });
    const [, secret = ''] = /<code>(whsec_[^<]+)<\/code>/.exec(made.text)!;
    await goesOut();
    expect(types()).toEqual(['audit_stream.created']);
    expect(receiver.received[0]!.headers).toMatchObject({
      authorization: 'Splunk abc',
      'webhook-signature': signatureOf(receiver.received[0]!, secret),
    });
    expect(await only()).toMatchObject({
      name: 'SIEM',
      filter: { types: ['audit_stream.created'], risks: [] },
    });
    const { text } = await open();
    expect(text).toContain('<strong>SIEM</strong>');
    expect(text).toContain('1 event delivered');
    expect([text.includes(secret), text.includes('Splunk abc')]).toEqual([false, false]);
  });

  it('shows no password that stands in the query of an address', async () => {
    await make({ url: `${receiver.url}?token=hunter2` });
    const { text } = await open();
    expect([text.includes('token=***'), text.includes('hunter2')]).toEqual([true, false]);
  });

  it('sends it to a syslog server, with what that asks', async () => {
    const page = await press('/syslog', {
      host: '127.0.0.1',
      port: '1514',
      format: 'cef',
      startAt: 'now',
      plaintext: 'on',
    });
    expect(page.text).toContain('syslog 127.0.0.1:1514 · without TLS · cef');
    expect(page.text).not.toContain('whsec_');
    expect(await only()).toMatchObject({ type: 'syslog', port: 1514, plaintext: true, format: 'cef' });
  });

  it('says what is wrong beside the field, and keeps what was typed but no secret', async () => {
    const page = await make({
      url: 'ftp://siem.acme.test',
      types: 'no.such.type',
      authorization: 'Splunk abc',
      name: 'Mine',
    });
    expect(page.status).toBe(400);
    expect(page.text).toContain('Each line must be a type of event, such as auth.login_failed');
    expect(page.text).toContain('value="Mine"');
    expect(page.text).not.toContain('Splunk abc');
    const url = await make({ url: 'ftp://siem.acme.test' });
    expect(url.text).toMatch(/id="url-wrong">It must be an https URL/);
    const key = 'not a private key';
    const syslog = await press('/syslog', { host: 'a b', format: 'cef', startAt: 'now', clientKey: key });
    expect(syslog.text).toContain('This must be a host name or an IP address');
    expect(syslog.text).not.toContain(key);
    expect(syslog.text).toContain('id="clientKey-wrong">Enter it once more');
  });

  it('sends a test, and says what the receiver said', async () => {
    await make({ name: 'SIEM' });
    const { id } = await only();
    expect((await press(`/${id}/test`)).text).toContain('SIEM has taken an event that says it is a test.');
    expect(types()).toEqual(['audit_stream.tested']);
    receiver.answers.push(403);
    const refused = await press(`/${id}/test`);
    expect([refused.status, refused.text.includes('SIEM has not taken the test')]).toEqual([200, true]);
    expect(refused.text).toContain('403');
  });

  it('says what fails and since when, and tries again when it is told to', async () => {
    await make({ name: 'SIEM' });
    const { id } = await only();
    receiver.answers.push(500);
    await goesOut();
    const failing = await open();
    expect(failing.text).toMatch(/>failing</);
    expect(failing.text).toMatch(/One attempt has failed since/);
    expect(failing.text).toContain('500');
    expect(failing.text).toMatch(/not even the \d+ events? that wait/);
    expect((await press(`/${id}/resume`)).text).toContain('It goes on where it stopped.');
    await goesOut();
    expect(types()).toContain('audit_stream.created');
    expect((await open()).text).not.toMatch(/>failing</);
  });

  it('leaves out what was refused, when it is told to', async () => {
    // One event alone: of several, smaller messages would be tried first.
    await make({ name: 'SIEM', types: 'audit_stream.tested\r\naudit_stream.resumed' });
    const { id } = await only();
    await press(`/${id}/test`);
    receiver.answers.push(410);
    await goesOut();
    const paused = await open();
    expect(paused.text).toContain('Paused, because it refused what was sent.');
    expect(paused.text).toContain('Leave out what SIEM does not take');
    receiver.received.length = 0;
    const skipped = await press(`/${id}/resume`, { skip: 'on' });
    expect(skipped.text).toContain('It goes on after what was not taken.');
    expect(skipped.text).not.toContain('Leave out');
    await goesOut();
    expect(types()).not.toContain('audit_stream.tested');
    expect(types()).toContain('audit_stream.resumed');
  });

  it('pauses, resumes, makes a new signing secret, and deletes', async () => {
    const [, old] = /<code>(whsec_[^<]+)<\/code>/.exec((await make()).text)!;
    const { id } = await only();
    const paused = await press(`/${id}/pause`);
    expect(paused.text).toContain('Nothing is sent until it is resumed, and nothing is lost.');
    expect((await press(`/${id}/resume`)).text).not.toMatch(/>paused</);
    const rotated = await press(`/${id}/rotate`, { overlap: '3600' });
    const [, secret] = /<code>(whsec_[^<]+)<\/code>/.exec(rotated.text)!;
    expect(secret).not.toBe(old);
    expect(rotated.text).toContain('signed with the old secret too until');
    expect((await press(`/${id}/delete`)).text).toContain('The log is sent nowhere');
    for (const type of ['created', 'paused', 'resumed', 'rotated', 'deleted'])
      expect(await service.auditEvents(workspace.id, `audit_stream.${type}`)).toHaveLength(1);
  });

  it('shows those who may read the log how far it is, and lets them change nothing', async () => {
    await make({ name: 'SIEM' });
    const { id } = await only();
    const viewer = await service.member(workspace, 'viewer');
    const theirs = new Browser();
    await signInOnPages(service, theirs, viewer.email);
    const { text } = await open(theirs);
    expect([text.includes('<strong>SIEM</strong>'), text.includes('<form')]).toEqual([true, false]);
    for (const [path, values] of [
      ['/webhooks', { ...WEBHOOK, url: receiver.url }],
      ['/syslog', { host: '127.0.0.1', format: 'cef', startAt: 'now' }],
      [`/${id}/test`, {}],
      [`/${id}/pause`, {}],
      [`/${id}/resume`, {}],
      [`/${id}/rotate`, { overlap: '0' }],
      [`/${id}/delete`, {}],
    ] as [string, Record<string, string>][])
      expect([path, (await press(path, values, theirs)).status]).toEqual([path, 403]);
    expect(receiver.received).toEqual([]);
  });

  it('asks for a plan that includes it, where pausing and deleting need none', async () => {
    await make();
    const { id } = await only();
    await service.sql('update workspaces set plan = $2 where id = $1', [workspace.id, 'small']);
    for (const path of ['/webhooks', `/${id}/test`, `/${id}/resume`, `/${id}/rotate`])
      expect([path, (await press(path, { ...WEBHOOK, url: receiver.url, overlap: '0' })).status]).toEqual([
        path,
        403,
      ]);
    expect((await press(`/${id}/pause`)).status).toBe(200);
    expect((await press(`/${id}/delete`)).status).toBe(200);
  });

  it('knows no stream of another workspace', async () => {
    await make();
    const { id } = await only();
    const other = await service.workspace();
    const theirs = new Browser();
    await signInOnPages(service, theirs, other.admin.email);
    for (const path of ['test', 'pause', 'resume', 'delete'])
      expect([path, (await press(`/${id}/${path}`, {}, theirs)).status]).toEqual([path, 404]);
  });
});
