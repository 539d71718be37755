import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { codeIn } from '../support/text-messages';

const NUMBER = '+49 151 12345678';

describe('A phone on the page of one’s own second factors', () => {
  let webhook: Server;
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;
  let received: string[];
  let status: number;

  beforeAll(async () => {
    webhook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (status === 200) received.push((JSON.parse(body) as { text: string }).text);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((ready) => webhook.listen(0, '127.0.0.1', ready));
    const { port } = webhook.address() as AddressInfo;
    service = await startApp({
      SMS_WEBHOOK_URL: `http://127.0.0.1:${port}/sms`,
      OUTBOUND_ALLOW: '127.0.0.1',
      RATE_LIMITS: 'on',
    });
  });
  afterAll(async () => {
    webhook?.close().closeAllConnections();
    await service?.close();
  });
  beforeEach(async () => {
    [received, status] = [[], 200];
    workspace = await service.workspace();
    browser = await signedIn(service, workspace);
  });

  const allow = (...allowedFactors: string[]) =>
    service
      .http(workspace.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ mfa: { allowedFactors } })
      .expect(200);
  const signedIn = async (on: TestApp, { admin }: TestWorkspace): Promise<Browser> => {
    const theirs = new Browser();
    const page = await theirs.open(`${on.baseUrl}/login/password`);
    await page.submit({ email: admin.email, password: PASSWORD });
    return theirs;
  };
  const factors = (on = service) => browser.open(`${on.baseUrl}/console/factors`);
  const send = (path: string, values: Record<string, string>): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console/factors/phone${path}`);
    return browser.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(values) }, {});
  };
  const idOn = ({ text }: Page) => /name="factorId" value="([^"]+)"/.exec(text)![1]!;
  const events = (type: string) => service.auditEvents(workspace.id, type);

  it('is offered where the workspace allows it', async () => {
    await allow('totp', 'webauthn');
    expect((await factors()).text).not.toContain('text message');
    await allow('totp', 'sms');
    expect((await factors()).text).toContain('<summary>Get codes by text message</summary>');
  });

  it('is not offered where nothing carries messages to phones', async () => {
    const other = await startApp({}, service);
    try {
      browser = await signedIn(other, workspace);
      await allow('totp', 'sms');
      expect((await factors(other)).text).not.toContain('text message');
    } finally {
      await other.close();
    }
  });

  it('is added by the code that it gets, with the recovery codes that come with a first factor', async () => {
    await allow('sms');
    const page = await send('', { phone: NUMBER });
    expect(page.text).toContain('A code was sent to +49•••78.');
    const added = await page.submit({ code: codeIn(received[0]!) });
    expect(added.text).toContain('Keep these recovery codes');
    expect((await factors()).text).toMatch(/Codes by text message \+49•••78/);
    expect((await events('auth.factor_enrolled')).at(-1)).toMatchObject({ data: { factor: 'sms' } });
  });

  it('takes the right code after a wrong one, and sends another, though not at once', async () => {
    await allow('sms');
    const page = await send('', { phone: '+49 151 12345679' });
    const code = codeIn(received[0]!);
    const wrong = await page.submit({ code: code === '123456' ? '654321' : '123456' });
    expect([wrong.status, wrong.text.includes('This code is wrong')]).toEqual([400, true]);
    const soon = await send('/send', { factorId: idOn(wrong) });
    expect([soon.status, soon.text.includes('Add the phone')]).toEqual([429, true]);
    expect((await soon.submit({ code })).text).toContain('Keep these recovery codes');
  });

  it('is asked for again with what was typed, where the number is none or no message left', async () => {
    await allow('sms');
    const none = await send('', { phone: '0151 12345678' });
    expect([none.status, none.text.includes('value="0151 12345678"')]).toEqual([400, true]);
    expect(none.text).toMatch(/id="phone-wrong">Must be a phone number with its country code/);
    expect(none.text).toContain('Back to what you sign in with');
    status = 500;
    const lost = await send('', { phone: '+49 151 12345670' });
    expect([lost.status, lost.text.includes('value="+49 151 12345670"')]).toEqual([503, true]);
    expect(lost.text).toContain('The text message could not be sent');
  });

  it('asks whoever signed in long ago to do so again, and keeps the number', async () => {
    await allow('sms');
    await service.sql(
      `update sessions set authenticated_at = now() - interval '1 hour' where member_id = $1`,
      [workspace.admin.memberId],
    );
    const page = await send('', { phone: NUMBER });
    expect([page.status, page.text.includes('Show that it is you')]).toEqual([401, true]);
    expect(page.text).toContain(`value="${NUMBER}"`);
    expect(received).toEqual([]);
  });

  it('is refused where the workspace does not allow it, whoever sends the form', async () => {
    await allow('totp');
    const page = await send('', { phone: NUMBER });
    expect([page.status, page.text.includes('does not allow codes by text message')]).toEqual([409, true]);
    expect(received).toEqual([]);
  });
});
