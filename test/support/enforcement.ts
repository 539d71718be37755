import { randomUUID } from 'node:crypto';
import { createSelfSignedCertificate } from '../../src/crypto/self-signed-certificate';
import type { TestApp, TestPerson } from './app';
import { type Enrolled, enrol } from './authenticator-app';
import { ownDomain } from './oidc-sign-in';

/** An admin who may use a password although single sign-on is enforced. */
export interface BreakGlassAdmin extends TestPerson, Enrolled {}

type Workspace = { id: string; slug: string };

/** Everything that enforcement asks of a workspace, up to naming the break-glass admin. */
export async function prepareEnforcement(service: TestApp, workspace: Workspace): Promise<BreakGlassAdmin> {
  const admin = await service.member(workspace, 'admin');
  const enrolled = await enrol(service, admin.accessToken);
  await ownDomain(service, workspace, `${workspace.slug}.test`);
  const { certificate } = await createSelfSignedCertificate({
    commonName: 'idp.example.test',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const saml = { entityId: 'urn:idp', ssoUrl: 'https://idp.example.test/sso', certificates: [certificate] };
  const { body } = await service
    .http(admin.accessToken)
    .post('/v1/sso/connections')
    .send({ type: 'saml', name: 'Okta', provider: 'okta', saml })
    .expect(201);
  // As a test sign-in that an admin passed leaves it.
  await service.sql(
    `with c as (update sso_connections set status = 'active' where id = $1 returning id, revision)
     update connection_revisions r set tested_at = now(), tested_by = $2, tested_attempt_id = $3
       from c where r.connection_id = c.id and r.number = c.revision`,
    [body.id, JSON.stringify({ type: 'user', id: admin.userId, email: admin.email }), randomUUID()],
  );
  return { ...admin, ...enrolled };
}

/** A workspace that refuses passwords, and the one person who may still use one. */
export async function enforceSso(service: TestApp, workspace: Workspace): Promise<BreakGlassAdmin> {
  const admin = await prepareEnforcement(service, workspace);
  await enforceNow(service, admin);
  return admin;
}

/** The last step, of a workspace that is prepared. */
export async function enforceNow(
  service: TestApp,
  { accessToken, memberId }: BreakGlassAdmin,
): Promise<void> {
  await service
    .http(accessToken)
    .patch('/v1/workspace/policy')
    .send({ sso: { enforced: true, breakGlassMemberIds: [memberId] } })
    .expect(200);
}
