import type { CDPSession, Page } from 'playwright-core';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { Chromium, CHROMIUM, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';

interface VirtualCredential {
  credentialId: string;
  signCount: number;
}

/** Chromium's own implementation of an authenticator, over the DevTools protocol. */
class VirtualAuthenticator {
  private constructor(
    private readonly devTools: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  static async plugIn(page: Page): Promise<VirtualAuthenticator> {
    const devTools = await page.context().newCDPSession(page);
    await devTools.send('WebAuthn.enable');
    const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', automaticPresenceSimulation: true },
        ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
      },
    });
    return new VirtualAuthenticator(devTools, authenticatorId);
  }

  async credentials(): Promise<VirtualCredential[]> {
    const { authenticatorId } = this;
    const { credentials } = await this.devTools.send('WebAuthn.getCredentials', { authenticatorId });
    return credentials;
  }

  /** As a device would be that somebody copied earlier: the same key, and the count of then. */
  async turnBack(signCount: number): Promise<void> {
    const { authenticatorId } = this;
    const [credential] = await this.credentials();
    await this.devTools.send('WebAuthn.clearCredentials', { authenticatorId });
    await this.devTools.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: { ...credential!, signCount } as never,
    });
  }

  async recognisesThePerson(isUserVerified: boolean): Promise<void> {
    const { authenticatorId } = this;
    await this.devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  }
}

describeWithInstalled('A passkey in a browser', [CHROMIUM], () => {
  let service: TestApp;
  let chromium: Chromium;
  let workspace: TestWorkspace;
  let member: TestPerson;
  let visitor: Person;
  let page: Page;
  let authenticator: VirtualAuthenticator;
  const complaints: string[] = [];

  beforeAll(async () => {
    [service, chromium] = await Promise.all([startApp(), Chromium.start()]);
    workspace = await service.workspace();
    member = await service.member(workspace, 'editor');
    visitor = await chromium.person(service.baseUrl);
    page = visitor.page;
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
    });
    authenticator = await VirtualAuthenticator.plugIn(page);
  });
  afterAll(async () => {
    await Promise.all([chromium?.stop(), service?.close()]);
  });

  const to = (path: string): string => `${service.baseUrl}${path}`;
  const press = (label: string) => page.getByRole('button', { name: label }).click();
  const withPassword = async () => {
    await visitor.open(to('/login/password'));
    await visitor.submit({ '#email': member.email, '#password': PASSWORD });
  };
  const signOut = async () => {
    await visitor.open(to('/console'));
    await press('Sign out');
    await page.waitForURL(to('/login'));
  };

  /** What whoever is not signed in lately is offered, and does: in another tab, where nothing of the first is lost. */
  const signInInAnotherTab = async () => {
    const opened = page.context().waitForEvent('page');
    await page.getByRole('alert').getByRole('link', { name: 'Sign in again in another tab' }).click();
    const tab = await opened;
    await tab.goto(to('/login/password'));
    await tab.fill('#email', member.email);
    await tab.fill('#password', PASSWORD);
    await tab.press('#password', 'Enter');
    await tab.waitForURL(to('/console'));
    await tab.close();
  };

  it('is added by somebody who has just signed in; who has not does so in another tab, and presses again', async () => {
    await withPassword();
    await page.waitForURL(to('/console'));
    await page.click('text=Passkeys and second factors');
    await service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`,
      [member.memberId],
    );
    await press('Add a passkey or security key');
    await signInInAnotherTab();
    await service.sql('update sessions set ended_at = now() where member_id = $1', [member.memberId]);
    await press('Add a passkey or security key');
    await signInInAnotherTab();
    expect(await visitor.text()).not.toMatch(/v1|allow scripts/);
    await press('Add a passkey or security key');
    await page.waitForSelector('text=Keep these recovery codes');
    await page.click('text=I have kept them');
    await page.waitForURL(to('/console/factors'));
    expect(await visitor.text()).toContain('Passkey or security key');
    expect(await authenticator.credentials()).toHaveLength(1);
    await signOut();
  });

  it('is the second step after a password', async () => {
    await withPassword();
    expect(await visitor.text()).toContain('One more step');
    await press('Use your passkey or security key');
    await page.waitForURL(to('/console'));
    await signOut();
  });

  it('is enough alone', async () => {
    await visitor.open(to('/login'));
    await press('Sign in with a passkey');
    await page.waitForURL(to('/console'));
    expect(await visitor.text()).toMatch(/with a passkey/);
    const [session] = await service.sql<{ method: string; amr: string[] }>(
      'select method, amr from sessions where member_id = $1 order by id desc limit 1',
      [member.memberId],
    );
    expect(session).toEqual({ method: 'passkey', amr: ['hwk', 'user', 'mfa'] });
    await signOut();
  });

  it('is nothing alone when the device did not make sure who it is', async () => {
    await authenticator.recognisesThePerson(false);
    await visitor.open(to('/login'));
    await press('Sign in with a passkey');
    await page.waitForSelector('.alarm:not(:empty)');
    expect(page.url()).toBe(to('/login'));
    await authenticator.recognisesThePerson(true);
  });

  it('is refused when a copy of it has gone on counting elsewhere', async () => {
    const [{ signCount }] = (await authenticator.credentials()) as [VirtualCredential];
    expect(signCount).toBeGreaterThan(1);
    await authenticator.turnBack(1);
    await visitor.open(to('/login'));
    await press('Sign in with a passkey');
    await page.waitForSelector('text=was not accepted');
    expect(await service.auditEvents(workspace.id, 'auth.factor_copied')).toMatchObject([
      { risk: 'high', actor_id: member.userId },
    ]);
    await authenticator.turnBack(signCount + 10);
    await press('Sign in with a passkey');
    await page.waitForURL(to('/console'));
    await signOut();
  });

  it('is set up on the way in where the workspace wants one', async () => {
    const strict = await service.workspace();
    await service
      .http(strict.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ mfa: { required: 'all', allowedFactors: ['webauthn'] } })
      .expect(200);
    await visitor.open(to('/login/password'));
    await visitor.submit({ '#email': strict.admin.email, '#password': PASSWORD });
    await press('Set up a passkey or security key');
    await page.waitForSelector('text=Keep these recovery codes');
    await page.click('text=I have kept them');
    await page.waitForURL(to('/console'));
  });

  it('asks for nothing that the policy of the pages forbids', () => {
    expect(complaints).toEqual([]);
  });
});
