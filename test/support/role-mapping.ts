import type { SignInOutcome } from '../../src/auth/browser/browser-sign-in.service';
import type { FederatedLogin } from '../../src/auth/browser/federated-login';
import type { AuditRow, TestApp, TestPerson } from './app';
import { FederatedSignIn, loginOf, type Scene } from './federated-sign-in';

/** A rule as the API takes it. */
export interface TestRule {
  source: 'idp_group' | 'scim_group' | 'department';
  value: string;
  role: 'admin' | 'editor' | 'viewer';
  approver?: boolean;
  connectionId?: string | null;
}

export const group = (value: string, role: TestRule['role'], more: Partial<TestRule> = {}): TestRule => ({
  source: 'idp_group',
  value,
  role,
  ...more,
});

export const department = (value: string, role: TestRule['role']): TestRule => ({
  source: 'department',
  value,
  role,
});

/** Saves rules as this person and answers the body. */
export async function saveRules(
  app: TestApp,
  { accessToken }: TestPerson,
  rules: TestRule[],
): Promise<Record<string, unknown>> {
  const { body } = await app.http(accessToken).put('/v1/role-mappings').send({ rules }).expect(200);
  return body as Record<string, unknown>;
}

export interface ExplainedAccess {
  memberId: string;
  role: string;
  approver: boolean;
  held: boolean;
  explanation: string;
  grants: { kind: string; origin: string; role: string | null; decides: boolean; [field: string]: unknown }[];
  identities: { groups: string[] | null; groupsAt: string | null; overage: boolean; email: string | null }[];
}

export async function accessOf(
  app: TestApp,
  { accessToken }: TestPerson,
  id: string,
): Promise<ExplainedAccess> {
  const { body } = await app.http(accessToken).get(`/v1/members/${id}/access`).expect(200);
  return body as ExplainedAccess;
}

export interface MappedMember {
  id: string;
  role: string;
  approver: boolean;
  user_id: string;
}

/** A workspace whose people come through a provider that names groups. People are named by their subject. */
export class MappingScene {
  private constructor(
    readonly app: TestApp,
    readonly idp: FederatedSignIn,
    readonly scene: Scene,
  ) {}

  static async start(app: TestApp): Promise<MappingScene> {
    const idp = new FederatedSignIn(app);
    return new MappingScene(app, idp, await idp.scene());
  }

  get admin(): TestPerson {
    return this.scene.workspace.admin;
  }

  get asAdmin(): ReturnType<TestApp['http']> {
    return this.app.http(this.admin.accessToken);
  }

  emailOf(subject: string): string {
    return `${subject}@${this.scene.domain}`;
  }

  save(...rules: TestRule[]): Promise<Record<string, unknown>> {
    return saveRules(this.app, this.admin, rules);
  }

  put(rules: object[]) {
    return this.asAdmin.put('/v1/role-mappings').send({ rules });
  }

  async preview(rules: object[], more: object = {}): Promise<Record<string, unknown>> {
    const call = this.asAdmin.post('/v1/role-mappings/preview').send({ rules, ...more });
    return (await call.expect(200)).body as Record<string, unknown>;
  }

  jit(changes: object) {
    return this.asAdmin.patch('/v1/workspace/policy').send({ sso: { jit: changes } });
  }

  events(type: string): Promise<AuditRow[]> {
    return this.app.auditEvents(this.scene.workspace.id, type);
  }

  signIn(subject: string, groups?: string[], more: Partial<FederatedLogin> = {}): Promise<SignInOutcome> {
    const login = loginOf(subject, this.emailOf(subject), { ...(groups && { groups }), ...more });
    return this.idp.signIn(this.scene, login);
  }

  async memberOf(subject: string): Promise<MappedMember> {
    const [member] = await this.app.sql<MappedMember>(
      'select id, role, approver, user_id from members where workspace_id = $1 and email = $2',
      [this.scene.workspace.id, this.emailOf(subject)],
    );
    return member!;
  }

  async roleOf(subject: string): Promise<string> {
    return (await this.memberOf(subject)).role;
  }

  async accessOf(subject: string): Promise<ExplainedAccess> {
    return accessOf(this.app, this.admin, (await this.memberOf(subject)).id);
  }

  /** What the founder got by founding is gone, without a word to anybody: only rules make admins now. */
  async forgetFounder(): Promise<void> {
    await this.app.sql(`delete from member_grants where member_id = $1`, [this.admin.memberId]);
  }

  /** As if the founder had never been admin. */
  async unseatFounder(): Promise<void> {
    await this.forgetFounder();
    await this.app.sql(`update members set role = 'editor' where id = $1`, [this.admin.memberId]);
  }
}
