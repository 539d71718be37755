import { Browser, type Page } from '../support/browser';
import { ConnectionDesk, shownIn, wrongAt } from '../support/connection-desk';
import { signInOnPages } from '../support/page-sign-in';

interface Key {
  readonly id: string;
  readonly state: string;
  readonly certificate: string;
  readonly retiresAt: string | null;
}

const DAY_MS = 86_400_000;
const dayIn = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

describe('The keys of a connection, in the console', () => {
  let desk: ConnectionDesk;

  beforeAll(async () => {
    desk = await ConnectionDesk.open();
  });
  afterAll(() => desk?.close());

  const keysOf = async (id: string) => (await desk.settings(id)).keys as Key[];
  const rows = ({ text }: Page) =>
    [...text.slice(text.indexOf('Keys of ours')).matchAll(/<li>\s*<strong>[^]*?<\/li>/g)].map(([row]) => row);
  const stateOf = (row: string) => /class="chip">([^<]*)</.exec(row)?.[1];
  const events = async (id: string, type: 'published' | 'activated' | 'removed') =>
    (await desk.app.auditEvents(desk.workspace.id, `sso_connection.key_${type}`)).filter(
      ({ target_id }) => target_id === id,
    );

  it('follow one another with an overlap, each with its days', async () => {
    const id = await desk.madeOfMetadata();
    const [first] = await keysOf(id);
    const page = await desk.look(id);
    expect(rows(page).map(stateOf)).toEqual(['signs']);
    expect(rows(page)[0]).toContain(`signs since ${dayIn(0)}; its certificate is good until 20`);

    const made = await desk.send(id, 'keys', shownIn(page, '/keys'));
    expect(made.url.href).toBe(`${desk.pageOf(id)}?done=next`);
    expect(rows(made).map(stateOf)).toEqual(['signs', 'next']);
    expect(made.text).not.toContain('Make the next key');
    const [, next] = await keysOf(id);
    expect(rows(made)[1]).toContain(next!.certificate.trim());
    expect(rows(made)[1]).toContain(`made on ${dayIn(0)}, signs nothing yet`);
    const { text: metadata } = await desk.browser.open(`${desk.app.baseUrl}/sso/saml/${id}/metadata`);
    for (const { certificate } of [first!, next!])
      expect(metadata.replace(/\s/g, '')).toContain(certificate.replace(/-----.*-----|\s/g, ''));

    const action = `keys/${next!.id}/activate`;
    expect(shownIn(made, action)).toEqual({ overlapDays: '30' });
    const changed = await desk.send(id, action, { overlapDays: '7' });
    expect(changed.url.href).toBe(`${desk.pageOf(id)}?done=signs`);
    expect(rows(changed).map(stateOf)).toEqual(['retiring', 'signs']);
    expect(rows(changed)[0]).toContain(`published until ${dayIn(7)}`);
    expect(await keysOf(id)).toMatchObject([
      { id: first!.id, state: 'retiring' },
      { id: next!.id, state: 'active' },
    ]);
    expect(changed.text).toContain(next!.certificate.trim());

    const gone = await desk.send(id, `keys/${first!.id}/remove`);
    expect(gone.url.href).toBe(`${desk.pageOf(id)}?done=gone`);
    expect(rows(gone).map(stateOf)).toEqual(['signs']);
    expect(await events(id, 'published')).toMatchObject([
      { actor_id: desk.workspace.admin.userId, data: { keyId: next!.id } },
    ]);
    expect(await events(id, 'activated')).toMatchObject([{ data: { keyId: next!.id, overlapDays: 7 } }]);
    expect(await events(id, 'removed')).toMatchObject([{ data: { keyId: first!.id, state: 'retiring' } }]);
  });

  it('are made once, though the button is pressed twice, and one at a time', async () => {
    const id = await desk.madeOfMetadata();
    const form = shownIn(await desk.look(id), '/keys');
    expect((await desk.send(id, 'keys', form)).status).toBe(200);
    expect((await desk.send(id, 'keys', form)).url.href).toBe(`${desk.pageOf(id)}?done=next`);
    expect(await keysOf(id)).toHaveLength(2);
    const another = await desk.send(id, 'keys');
    expect([another.status, another.text.includes('A key waits to be activated already')]).toEqual([
      409,
      true,
    ]);
    const [signing, waiting] = await keysOf(id);
    await desk.send(id, `keys/${waiting!.id}/remove`);
    expect(await keysOf(id)).toMatchObject([{ id: signing!.id, state: 'active' }]);
    expect((await desk.send(id, `keys/${signing!.id}/remove`)).status).toBe(409);
  });

  it('are kept apart from what is no overlap', async () => {
    const id = await desk.madeOfMetadata();
    await desk.send(id, 'keys');
    const [, next] = await keysOf(id);
    const odd = await desk.send(id, `keys/${next!.id}/activate`, { overlapDays: '366' });
    expect([odd.status, wrongAt(odd, 'overlapDays')]).toEqual([400, 'This must be 365 or less.']);
    await desk.send(id, `keys/${next!.id}/activate`, { overlapDays: '0' });
    expect(await keysOf(id)).toMatchObject([{ id: next!.id, state: 'active' }]);
    const again = await desk.send(id, `keys/${next!.id}/activate`, { overlapDays: '30' });
    expect(again.status).toBe(409);
  });

  it('change hands for a client that signs, too, once it has a first one', async () => {
    const id = await desk.made({ type: 'oidc' });
    expect((await desk.look(id)).text).not.toContain('Keys of ours');
    const first = await desk.send(id, 'key');
    expect(rows(first).map(stateOf)).toEqual(['signs']);
    const made = await desk.send(id, 'keys', shownIn(first, '/keys'));
    expect(rows(made)[1]).toContain('reads it at the address of our keys');
    const [, next] = await keysOf(id);
    const { text } = await desk.browser.open(`${desk.app.baseUrl}/sso/oidc/${id}/jwks`);
    expect((JSON.parse(text) as { keys: object[] }).keys).toHaveLength(2);
    await desk.send(id, `keys/${next!.id}/activate`, { overlapDays: '90' });
    expect((await keysOf(id)).map(({ state }) => state)).toEqual(['retiring', 'active']);
  });

  it('are, with all else here, for those who may change it, and of their own workspace', async () => {
    const viewer = await desk.app.member(desk.workspace, 'viewer');
    const onlooker = new Browser();
    await signInOnPages(desk.app, onlooker, viewer.email);
    const stranger = new Browser();
    await signInOnPages(desk.app, stranger, (await desk.app.workspace()).admin.email);
    const id = await desk.madeOfMetadata();
    await desk.send(id, 'keys');
    const [, next] = await keysOf(id);
    for (const [form, fields] of [
      ['keys', {}],
      [`keys/${next!.id}/activate`, { overlapDays: '7' }],
      [`keys/${next!.id}/remove`, {}],
      ['messages', { nameIdFormat: '', requestBinding: 'redirect' }],
      ['sign-ins/oidc', { maxAge: '', prompt: '', acrValues: '' }],
    ] as const) {
      expect([form, (await desk.send(id, form, fields, onlooker)).status]).toEqual([form, 403]);
      expect([form, (await desk.send(id, form, fields, stranger)).status]).toEqual([form, 404]);
    }
    expect((await keysOf(id)).map(({ state }) => state)).toEqual(['active', 'published']);
    expect(await desk.settings(id)).toMatchObject({ revision: 1 });
  });
});
