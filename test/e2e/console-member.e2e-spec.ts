import { randomUUID } from 'node:crypto';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

describe('The page of a member', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  const browser = new Browser();

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    await signInOnPages(service, browser, workspace.admin.email);
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    person = await service.member(workspace, 'viewer');
  });

  const at = (rest: string) => new URL(`${service.baseUrl}/console/members${rest}`);
  const open = (rest: string, by = browser): Promise<Page> => by.open(at(rest).href);
  const press = (rest: string, by = browser): Promise<Page> =>
    by.navigate({ method: 'POST', url: at(rest), from: at(''), form: new URLSearchParams() }, {});
  const plain = ({ text }: Page): string =>
    text.replace(/<style>[^]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  const asPerson = () => service.http(person.accessToken).get('/v1/auth/me');

  it('is led to from the list, and says who they are and why they have their role', async () => {
    const page = await (await open(`?search=${encodeURIComponent(person.email)}`)).follow(person.email);
    expect(page.url.pathname).toBe(`/console/members/${person.memberId}`);
    expect(plain(page)).toContain('Role viewer');
    expect(plain(page)).toContain('The role is viewer because the invitation gave it.');
    expect(plain(page)).toMatch(/Sessions .+ password · .* last used/);
  });

  it('lifts a role that was set by hand', async () => {
    const { memberId } = person;
    await service
      .http(workspace.admin.accessToken)
      .patch(`/v1/members/${memberId}`)
      .send({ role: 'editor' })
      .expect(200);
    const page = await open(`/${memberId}`);
    expect(plain(page)).toContain(`${workspace.admin.email} set it by hand`);
    expect(page.text).toContain(`Lift the change by hand for ${person.email}</button>`);
    const lifted = await press(`/${memberId}/override/lift`);
    expect(plain(lifted)).toContain('Lifted.');
    expect(plain(lifted)).toContain('Role viewer');
    expect(lifted.text).not.toContain('/override/lift');
  });

  it('ends one session, and all of them, at the next request', async () => {
    const other = await service.signIn(person.email, workspace.slug);
    const before = await open(`/${person.memberId}`);
    const ids = [...before.text.matchAll(/sessions\/([0-9a-f-]{36})\/end"/g)].map(([, id]) => id!);
    expect(ids).toHaveLength(2);
    const { body } = await service.http(person.accessToken).get('/v1/auth/sessions').expect(200);
    const own = (body as { data: { id: string; current: boolean }[] }).data.find(
      ({ current }) => current,
    )!.id;
    expect(plain(await press(`/${person.memberId}/sessions/${own}/end`))).toContain('The session has ended.');
    await asPerson().expect(401);
    await service.http(other.accessToken).get('/v1/auth/me').expect(200);
    const nobody = await press(`/${person.memberId}/sessions/end`);
    expect(plain(nobody)).toContain('Not signed in anywhere.');
    await service.http(other.accessToken).get('/v1/auth/me').expect(401);
    const ended = await service.auditEvents(workspace.id, 'auth.session_ended');
    expect(ended.filter(({ target_id }) => ids.includes(target_id!))).toHaveLength(2);
  });

  it('takes factors from somebody who lost theirs, and from nobody else', async () => {
    expect((await open(`/${person.memberId}`)).text).not.toContain('factors/reset');
    await enrol(service, person.accessToken);
    const page = await open(`/${person.memberId}`);
    expect(plain(page)).toContain('Second factors totp');
    expect(page.text).toContain(`Remove their factors of ${person.email}</button>`);
    const gone = await press(`/${person.memberId}/factors/reset`);
    expect(plain(gone)).toContain('Second factors none here');
    await asPerson().expect(401);
    expect((await press(`/${workspace.admin.memberId}/factors/reset`)).status).toBe(409);
  });

  it('asks whoever signed in long ago to do it again before factors go, and then does it', async () => {
    await enrol(service, person.accessToken);
    const stale = new Browser();
    await signInOnPages(service, stale, workspace.admin.email);
    await service.sql(
      `update sessions set authenticated_at = now() - interval '1 hour'
        where member_id = $1 and cookie_hash is not null`,
      [workspace.admin.memberId],
    );
    const refused = await press(`/${person.memberId}/factors/reset`, stale);
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('>Remove their factors</button>');
    await service.sql(`update sessions set authenticated_at = now() where member_id = $1`, [
      workspace.admin.memberId,
    ]);
    expect(plain(await refused.submit())).toContain('Second factors none here');
  });

  it('tells of somebody who is out what ended with them', async () => {
    await press(`/${person.memberId}/remove`);
    const page = await open(`/${person.memberId}`);
    expect(plain(page)).toMatch(/Ended sessions: 1, refresh tokens: 1 Kept nothing/);
    expect(plain(page)).toContain('This member is removed and may do nothing.');
    expect(page.text).not.toContain('sessions/end');
  });

  it('is for whoever may look at members, and its buttons for whoever may change them', async () => {
    const editor = new Browser();
    await signInOnPages(service, editor, (await service.member(workspace, 'editor')).email);
    expect((await open(`/${person.memberId}`, editor)).status).toBe(403);
    for (const deed of ['override/lift', 'sessions/end', 'factors/reset'])
      expect((await press(`/${person.memberId}/${deed}`, editor)).status).toBe(403);
    await asPerson().expect(200);
  });

  it('knows of a member of another workspace no more than of nobody', async () => {
    const elsewhere = await service.workspace();
    const [foreign, unknown] = [elsewhere.admin.memberId, randomUUID()];
    for (const id of [foreign, unknown]) {
      expect((await open(`/${id}`)).status).toBe(404);
      for (const deed of ['override/lift', 'sessions/end', 'factors/reset', `sessions/${randomUUID()}/end`])
        expect([deed, (await press(`/${id}/${deed}`)).status]).toEqual([deed, 404]);
    }
    await service.http(elsewhere.admin.accessToken).get('/v1/auth/me').expect(200);
  });
});
