import { startApp, type TestApp, type TestPerson } from '../support/app';
import { scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

interface ReceiptBody {
  reason: string;
  by: { type: string; id: string };
  removedAt: string;
  restoredAt: string | null;
  counts: Record<string, number>;
  ended: { kind: string; id: string; endedAt: string }[];
  kept: { kind: string; id: string }[];
}

describe('Whoever leaves', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });

  const setActive = ({ memberId }: { memberId: string }, active: boolean) =>
    workspace.scim.patch(`/Users/${memberId}`, { op: 'replace', path: 'active', value: active });
  const removal = ({ memberId }: TestPerson) => admin.delete(`/v1/members/${memberId}`);
  const receiptOf = async ({ memberId }: { memberId: string }) =>
    (await admin.get(`/v1/members/${memberId}/offboarding`).expect(200)).body as ReceiptBody;
  const roleOf = async ({ memberId }: { memberId: string }) =>
    (await admin.get(`/v1/members/${memberId}`).expect(200)).body.role as string;

  /** Something of every kind that opens the workspace to this person or to others in their name; ids by kind. */
  async function everythingOf({ memberId, email }: TestPerson): Promise<Record<string, string[]>> {
    const insert = async (sql: string, ...values: unknown[]) => {
      const [row] = await app.sql<{ id: string }>(`insert into ${sql} returning id`, values);
      return row!.id;
    };
    const connection = await insert(
      `sso_connections (workspace_id, type, name, provider) values ($1, 'oidc', 'Acme', 'generic')`,
      workspace.id,
    );
    const conflict = await insert(
      `identity_conflicts (workspace_id, connection_id, issuer, subject, email, member_id)
       values ($1, $2, 'i', 's', $3, $4)`,
      ...[workspace.id, connection, email, memberId],
    );
    const [dataKey] = await app.sql<{ id: string }>(
      `insert into data_keys (workspace_id, wrapped, retired_at) values ($1, 'x', now()) returning id`,
      [workspace.id],
    );
    const seed = await insert(
      `secrets (workspace_id, purpose, ciphertext, data_key_id) values ($1, 'totp', 'x', $2)`,
      ...[workspace.id, dataKey!.id],
    );
    const factor = await insert(
      `factors (workspace_id, member_id, type, confirmed_at) values ($1, $2, 'webauthn', now())`,
      ...[workspace.id, memberId],
    );
    const sessions = await app.sql<{ id: string }>('select id from sessions where member_id = $1', [
      memberId,
    ]);
    const refreshTokens = await app.sql<{ id: string }>(
      'select id from refresh_tokens where session_id = any($1)',
      [sessions.map(({ id }) => id)],
    );
    return {
      session: sessions.map(({ id }) => id),
      refresh_token: refreshTokens.map(({ id }) => id),
      sign_in_code: [
        await insert(
          `sign_in_codes (workspace_id, secret_hash, member_id, method, authenticated_at, expires_at)
           values ($1, '\\x00', $2, 'oidc', now(), now() + interval '1 minute')`,
          ...[workspace.id, memberId],
        ),
      ],
      mfa_challenge: [
        await insert(
          `mfa_challenges (workspace_id, member_id, secret_hash, expires_at)
           values ($1, $2, '\\x00', now() + interval '5 minutes')`,
          ...[workspace.id, memberId],
        ),
      ],
      factor_enrolment: [
        await insert(
          `factors (workspace_id, member_id, type, secret_id) values ($1, $2, 'totp', $3)`,
          ...[workspace.id, memberId, seed],
        ),
      ],
      factor_challenge: [
        await insert(
          `factor_challenges (workspace_id, factor_id, purpose, bound_to, answer_hash, expires_at)
           values ($1, $2, 'sign_in', $2, '\\x00', now() + interval '5 minutes')`,
          ...[workspace.id, factor],
        ),
      ],
      link_proof: [
        await insert(
          `link_proofs (workspace_id, connection_id, issuer, subject, member_id, conflict_id, browser_hash, expires_at)
           values ($1, $2, 'i', 's', $3, $4, '\\x00', now() + interval '5 minutes')`,
          ...[workspace.id, connection, memberId, conflict],
        ),
      ],
      invitation: [
        await insert(
          `invitations (workspace_id, email, role, secret_hash, invited_by, expires_at)
           values ($1, 'friend@elsewhere.test', 'viewer', '\\x00', $2, now() + interval '7 days')`,
          ...[workspace.id, memberId],
        ),
        await insert(
          `invitations (workspace_id, email, role, secret_hash, invited_by, expires_at)
           values ($1, $3, 'viewer', '\\x00', $2, now() + interval '7 days')`,
          ...[workspace.id, workspace.admin.memberId, email],
        ),
      ],
      setup_link: [
        await insert(
          `setup_links (workspace_id, connection_id, secret_hash, created_by, expires_at)
           values ($1, $2, '\\x00', $3, now() + interval '7 days')`,
          ...[workspace.id, connection, memberId],
        ),
      ],
      api_key: [await keyOf(memberId)],
    };
  }

  async function keyOf(memberId: string): Promise<string> {
    const [key] = await app.sql<{ id: string }>(
      `insert into api_keys (workspace_id, name, scopes, secret_hash, hint, created_by)
       values ($1, 'ci', '{runs:read}', '\\x00', 'abcd', $2) returning id`,
      [workspace.id, memberId],
    );
    return key!.id;
  }

  const byKind = (items: readonly { kind: string; id: string }[]) => {
    const kinds: Record<string, string[]> = {};
    for (const { kind, id } of items) (kinds[kind] ??= []).push(id);
    for (const ids of Object.values(kinds)) ids.sort();
    return kinds;
  };

  describe.each<[string, (person: TestPerson) => Promise<unknown>, string, string]>([
    ['an admin', (person) => removal(person).expect(204), 'removed_by_admin', 'user'],
    ['active: false of a directory', (person) => setActive(person, false).expect(200), 'scim', 'scim'],
    [
      'DELETE of a directory',
      ({ memberId }) => workspace.scim.delete(`/Users/${memberId}`).expect(204),
      'scim',
      'scim',
    ],
  ])('by %s', (_road, leave, reason, actor) => {
    it('loses everything in one transaction, and the receipt and the event list each thing', async () => {
      const person = await app.member(workspace, 'editor');
      await app.signIn(person.email, workspace.slug);
      const everything = await everythingOf(person);
      for (const ids of Object.values(everything)) ids.sort();
      await leave(person);

      const receipt = await receiptOf(person);
      expect(receipt).toMatchObject({ reason, by: { type: actor }, restoredAt: null, kept: [] });
      expect(byKind(receipt.ended)).toEqual(everything);
      for (const [kind, ids] of Object.entries(everything)) expect(receipt.counts[kind]).toBe(ids.length);
      expect(new Set(receipt.ended.map(({ endedAt }) => endedAt))).toEqual(new Set([receipt.removedAt]));

      const [removed, ...more] = await app.auditEvents(workspace.id, 'workspace.member_removed');
      expect(more).toEqual([]);
      expect(removed).toMatchObject({ target_id: person.memberId, actor_type: actor });
      const listed = Object.values(removed!.data.revoked as Record<string, string[]>).flat();
      expect(listed.sort()).toEqual(Object.values(everything).flat().sort());

      const [open] = await app.sql(
        `select (select count(*)::int from sessions where member_id = $1 and ended_at is null) as sessions,
                (select count(*)::int from sign_in_codes where member_id = $1 and consumed_at is null) as codes,
                (select count(*)::int from mfa_challenges where member_id = $1 and consumed_at is null) as challenges,
                (select count(*)::int from factors where member_id = $1 and confirmed_at is null) as enrolments,
                (select count(*)::int from factor_challenges c join factors f on f.id = c.factor_id
                  where f.member_id = $1 and c.consumed_at is null) as answers,
                (select count(*)::int from link_proofs where member_id = $1 and consumed_at is null) as proofs,
                (select count(*)::int from invitations
                  where (invited_by = $1 or email = $2) and revoked_at is null) as invitations,
                (select count(*)::int from setup_links where created_by = $1 and revoked_at is null) as links,
                (select count(*)::int from api_keys where created_by = $1 and revoked_at is null) as keys`,
        [person.memberId, person.email],
      );
      expect(new Set(Object.values(open!))).toEqual(new Set([0]));
    });

    it('leaves keys that the policy keeps behind, marked for the admins', async () => {
      await admin
        .patch('/v1/workspace/policy')
        .send({ apiKeys: { onMemberRemoval: 'keep' } })
        .expect(200);
      const person = await app.member(workspace, 'editor');
      const key = await keyOf(person.memberId);
      const shown = async () => (await admin.get(`/v1/api-keys/${key}`).expect(200)).body;
      expect(await shown()).toMatchObject({ status: 'active', creatorLeftAt: null });
      await leave(person);
      const receipt = await receiptOf(person);
      expect(receipt.kept).toEqual([{ kind: 'api_key', id: key }]);
      expect(receipt.ended.map(({ kind }) => kind)).not.toContain('api_key');
      expect(await shown()).toMatchObject({ status: 'active', creatorLeftAt: receipt.removedAt });

      await admin.post(`/v1/members/${person.memberId}/restore`).expect(200);
      expect(await shown()).toMatchObject({ status: 'active', creatorLeftAt: null });
      expect((await receiptOf(person)).restoredAt).toMatch(/Z$/);
    });
  });

  it('who is still here has no receipt', async () => {
    const { body } = await admin.get(`/v1/members/${workspace.admin.memberId}/offboarding`).expect(404);
    expect(body.code).toBe('not_found');
  });

  it('and left twice has the receipt of the last time', async () => {
    const person = await app.member(workspace, 'viewer');
    await setActive(person, false).expect(200);
    await setActive(person, true).expect(200);
    await app.signIn(person.email, workspace.slug);
    await removal(person).expect(204);
    const receipt = await receiptOf(person);
    expect(receipt).toMatchObject({ reason: 'removed_by_admin' });
    expect(byKind(receipt.ended).session).toHaveLength(1);
  });

  it('and left twice has nothing on the second receipt that had ended with the first', async () => {
    const person = await app.member(workspace, 'editor');
    await everythingOf(person);
    await removal(person).expect(204);
    await admin.post(`/v1/members/${person.memberId}/restore`).expect(200);
    await removal(person).expect(204);
    expect(await receiptOf(person)).toMatchObject({ restoredAt: null, ended: [], kept: [] });
    const kept = await app.sql(`select type from factors where member_id = $1`, [person.memberId]);
    expect(kept).toEqual([{ type: 'webauthn' }]);
  });

  it('stays away, with the mark on their keys, when somebody else comes back', async () => {
    await admin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { onMemberRemoval: 'keep' } })
      .expect(200);
    const [gone, back] = [await app.member(workspace, 'editor'), await app.member(workspace, 'editor')];
    const key = await keyOf(gone.memberId);
    for (const person of [gone, back]) await removal(person).expect(204);
    await admin.post(`/v1/members/${back.memberId}/restore`).expect(200);
    const { removedAt, restoredAt } = await receiptOf(gone);
    expect(restoredAt).toBeNull();
    const { body } = await admin.get(`/v1/api-keys/${key}`).expect(200);
    expect(body).toMatchObject({ status: 'active', creatorLeftAt: removedAt });
  });

  it('has nothing made in their name any more, not even a moment later', async () => {
    const person = await app.member(workspace, 'editor');
    await removal(person).expect(204);
    await expect(keyOf(person.memberId)).rejects.toThrow('no member any more');
  });

  describe('and is let in again by a directory', () => {
    const eventsOf = async ({ memberId }: { memberId: string }, type: string) =>
      (await app.auditEvents(workspace.id, type)).filter(({ target_id }) => target_id === memberId);

    it('has the roles of before when it was the directory that took them out', async () => {
      const person = await app.member(workspace, 'admin', { approver: true });
      await setActive(person, false).expect(200);
      await setActive(person, true).expect(200);
      const { body } = await admin.get(`/v1/members/${person.memberId}`).expect(200);
      expect(body).toMatchObject({ role: 'admin', approver: true, status: 'active' });
      expect(await eventsOf(person, 'workspace.member_restored')).toMatchObject([{ risk: 'medium' }]);
    });

    it('is a viewer when an admin had removed them, whatever they were, and that is of high risk', async () => {
      for (const role of ['admin', 'editor'] as const) {
        const person = await app.member(workspace, role, { approver: true });
        await removal(person).expect(204);
        await setActive(person, true).expect(200);
        const { body } = await admin.get(`/v1/members/${person.memberId}`).expect(200);
        expect(body).toMatchObject({ role: 'viewer', approver: false, status: 'active' });
        expect(await eventsOf(person, 'workspace.member_restored')).toMatchObject([
          { risk: 'high', data: { role: 'viewer', restrained: true, removedFor: 'removed_by_admin' } },
        ]);
        expect(await eventsOf(person, 'auth.role_escalated')).toEqual([]);
      }
    });

    it('has then what the rules give, but is no admin before an admin says so', async () => {
      await admin
        .put('/v1/role-mappings')
        .send({
          rules: [
            { source: 'department', value: 'Board', role: 'admin' },
            { source: 'department', value: 'R&D', role: 'editor' },
          ],
        })
        .expect(200);
      const provision = async (department: string) => {
        const enterprise = { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department } };
        return { memberId: (await workspace.scim.create(enterprise)).id };
      };
      const [director, engineer] = [await provision('Board'), await provision('R&D')];
      expect([await roleOf(director), await roleOf(engineer)]).toEqual(['admin', 'editor']);
      for (const { memberId } of [director, engineer])
        await admin.delete(`/v1/members/${memberId}`).expect(204);
      for (const person of [director, engineer]) await setActive(person, true).expect(200);
      expect([await roleOf(director), await roleOf(engineer)]).toEqual(['editor', 'editor']);

      await admin.delete(`/v1/members/${director.memberId}/access/override`).expect(204);
      expect(await roleOf(director)).toBe('admin');
    });

    it('is no admin either when deleted by the directory and provisioned anew', async () => {
      await app.sql(
        `with d as (insert into domains (workspace_id, domain, token, status, verified_at)
                    values ($1, $2, 't', 'verified', now()) returning id)
         insert into verified_domains (domain, workspace_id, domain_id) select $2, $1, id from d`,
        [workspace.id, `${workspace.slug}.test`],
      );
      const person = await app.member(workspace, 'admin');
      await removal(person).expect(204);
      await workspace.scim.delete(`/Users/${person.memberId}`).expect(204);
      const { body } = await workspace.scim
        .post('/Users', { schemas: [USER], userName: person.email })
        .expect(201);
      expect(body.id).toBe(person.memberId);
      expect(await roleOf(person)).toBe('viewer');
      expect(await eventsOf(person, 'workspace.member_restored')).toMatchObject([{ risk: 'high' }]);
      // Nor whenever somebody judges them anew, by what they were given once.
      const rules = [{ source: 'department', value: 'Board', role: 'editor' }];
      await admin.put('/v1/role-mappings').send({ rules }).expect(200);
      await setActive(person, false).expect(200);
      await setActive(person, true).expect(200);
      expect(await roleOf(person)).toBe('viewer');
    });
  });
});
