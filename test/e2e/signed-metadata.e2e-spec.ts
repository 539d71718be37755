import { X509Certificate } from 'node:crypto';
import { Database } from '../../src/database/database';
import { Schedule } from '../../src/schedule/schedule';
import { ConnectionAdmin } from '../../src/sso-connections/connection-admin.service';
import { bySystem } from '../../src/sso-connections/revisions/revision-author';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { signingKey, type SigningKey } from '../support/certificates';
import { mailsTo } from '../support/outbox';
import { idpMetadata, ProviderSite } from '../support/provider-site';
import { federation, signMetadata } from '../support/saml-documents';
import { SetupVisitor } from '../support/setup-visitor';

const HOUR = 3_600_000;

describe('Metadata that has to be signed', () => {
  let service: TestApp;
  let site: ProviderSite;
  let acme: TestWorkspace;
  let path: string;
  let count = 0;
  const [publisher, successor, stranger] = [1, 2, 3].map(() => signingKey()) as [
    SigningKey,
    SigningKey,
    SigningKey,
  ];
  const [idp, next] = [signingKey().certificate, signingKey().certificate];

  beforeAll(async () => {
    site = await ProviderSite.start();
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
  });
  beforeEach(async () => {
    await service.sql('delete from sso_connections');
    acme = await service.workspace();
    path = `/metadata-${(count += 1)}`;
  });
  afterAll(async () => {
    await service?.close();
    await site?.close();
  });

  const admin = () => service.http(acme.admin.accessToken);
  const url = () => site.url + path;
  const serve = (body: string) => site.pages.set(path, { body });
  const signed = (certificate = idp, key = publisher) => signMetadata(idpMetadata(certificate), key);
  const trust = [publisher.certificate];
  const create = (saml: object) =>
    admin().post('/v1/sso/connections').send({ type: 'saml', name: 'Acme', saml });
  const patch = (id: string, saml: object) => admin().patch(`/v1/sso/connections/${id}`).send({ saml });
  const show = async (id: string) => (await admin().get(`/v1/sso/connections/${id}`).expect(200)).body;
  const refresh = (id: string) => admin().post(`/v1/sso/connections/${id}/refresh`);
  const sixHoursOn = () =>
    service.app.get(Schedule).run('sso.refresh_providers', new Date(Date.now() + 7 * HOUR));
  const print = (...pems: string[]) => pems.map((pem) => new X509Certificate(pem).fingerprint256);
  const known = async (id: string) =>
    (await show(id)).saml.certificates.map(
      ({ sha256Fingerprint }: { sha256Fingerprint: string }) => sha256Fingerprint,
    );

  async function connected(saml: object = { metadataCertificates: trust }): Promise<string> {
    serve(signed());
    const { body } = await create({ metadataUrl: url(), ...saml }).expect(201);
    await admin().post(`/v1/sso/connections/${body.id}/activate`).send({ untested: true }).expect(200);
    return body.id as string;
  }

  describe('when a connection is set up', () => {
    it('is taken by URL and pasted, and the connection says by whom it is to be signed', async () => {
      serve(signed());
      for (const source of [{ metadataUrl: url() }, { metadataXml: signed() }]) {
        const { body } = await create({ ...source, metadataCertificates: trust }).expect(201);
        expect(body.saml).toMatchObject({
          entityId: 'https://idp.example/entity',
          metadataCertificates: [{ sha256Fingerprint: print(publisher.certificate)[0] }],
        });
      }
      const made = await service.auditEvents(acme.id, 'sso_connection.created');
      expect(made.map(({ data }) => data.metadataCertificates)).toEqual([
        print(publisher.certificate),
        print(publisher.certificate),
      ]);
    });

    it.each<[string, () => string]>([
      ['metadata_unsigned', () => idpMetadata(idp)],
      ['metadata_signature_invalid', () => signed(idp, stranger)],
      ['metadata_signature_invalid', () => signed().replace('idp.example/sso', 'evil.example/sso')],
      ['metadata_unsigned', () => federation([signed()])],
    ])('is refused as %s, by URL and pasted, and nothing is made', async (code, document) => {
      serve(document());
      for (const source of [{ metadataUrl: url() }, { metadataXml: document() }]) {
        const { body } = await create({ ...source, metadataCertificates: trust }).expect(400);
        expect(body.code).toBe(code);
      }
      expect((await admin().get('/v1/sso/connections').expect(200)).body.data).toEqual([]);
    });

    it('is refused once its time is over', async () => {
      const metadataXml = signMetadata(
        idpMetadata(idp).replace('<EntityDescriptor', '<EntityDescriptor validUntil="2025-01-01T00:00:00Z"'),
        publisher,
      );
      expect((await create({ metadataXml, metadataCertificates: trust }).expect(409)).body.code).toBe(
        'metadata_expired',
      );
    });

    it.each([
      ['certificate_unreadable', ['no certificate']],
      ['validation_failed', 'no list'],
      ['validation_failed', Array.from({ length: 11 }, () => 'x')],
    ])('answers %s for certificates that are none', async (code, metadataCertificates) => {
      const { body } = await create({ metadataXml: signed(), metadataCertificates }).expect(400);
      expect(body).toMatchObject({
        code,
        errors: [{ field: expect.stringMatching(/^saml\.metadataCertificates/) }],
      });
    });

    it('is shown beforehand: by whom it is signed, and whether that means anything', async () => {
      const inspect = async (body: object) =>
        (await admin().post('/v1/sso/metadata/inspect').send(body).expect(200)).body.signature;
      expect(await inspect({ metadataXml: signed(), metadataCertificates: trust })).toMatchObject({
        status: 'trusted',
        certificate: { sha256Fingerprint: print(publisher.certificate)[0] },
      });
      expect(await inspect({ metadataXml: signed(idp, stranger) })).toMatchObject({
        status: 'embedded',
        certificate: { sha256Fingerprint: print(stranger.certificate)[0] },
      });
      expect(await inspect({ metadataXml: idpMetadata(idp) })).toMatchObject({
        ...{ status: 'none', certificate: null },
      });
      const { body } = await admin()
        .post('/v1/sso/metadata/inspect')
        .send({ metadataXml: signed(idp, stranger), metadataCertificates: trust })
        .expect(400);
      expect(body.code).toBe('metadata_signature_invalid');
    });

    it('may be that of a large federation, of which one provider is named', async () => {
      const members = Array.from({ length: 150 }, (_, at) => idpMetadata(next, `urn:member:${at}`));
      const metadataXml = signMetadata(federation([...members, idpMetadata(idp, 'urn:acme')]), publisher);
      expect(metadataXml.length).toBeGreaterThan(200_000);
      const saml = { metadataXml, metadataCertificates: trust };
      const { body } = await create({ ...saml, entityId: 'urn:acme' }).expect(201);
      expect(await known(body.id as string)).toEqual(print(idp));
      const refused = async (more: object) => (await create({ ...saml, ...more }).expect(400)).body.code;
      expect(await refused({})).toBe('metadata_several_identity_providers');
      expect(await refused({ entityId: 'urn:other' })).toBe('metadata_entity_not_found');
      const forged = metadataXml.replace('urn:member:7"', 'urn:member:x"');
      expect(await refused({ metadataXml: forged, entityId: 'urn:acme' })).toBe('metadata_signature_invalid');
    });
  });

  describe('when it is read again', () => {
    it('changes keys by the right signature only, asked for and on schedule', async () => {
      const id = await connected();
      serve(signed(next, stranger));
      expect((await refresh(id).expect(400)).body.code).toBe('metadata_signature_invalid');
      await sixHoursOn();
      serve(idpMetadata(next));
      expect((await refresh(id).expect(400)).body.code).toBe('metadata_unsigned');
      expect(await known(id)).toEqual(print(idp));
      expect(await show(id)).toMatchObject({ status: 'active', revision: 1 });

      serve(signed(next));
      expect((await refresh(id).expect(200)).body).toEqual({ changed: true });
      expect(await known(id)).toEqual(print(next));
      serve(signed(idp));
      await sixHoursOn();
      expect(await known(id)).toEqual(print(idp));
      expect(await show(id)).toMatchObject({ revision: 3, refresh: { failures: 0, error: null } });
    });

    it('that is refused says so: in the log, to the admins, and under GET /v1/sso/health until it is good again', async () => {
      const id = await connected();
      serve(signed(next, stranger));
      await sixHoursOn();
      const [failed] = await service.auditEvents(acme.id, 'sso_connection.refresh_failed');
      expect(failed).toMatchObject({
        actor_type: 'system',
        data: {
          code: 'metadata_signature_invalid',
          reason: expect.stringContaining(print(stranger.certificate)[0]!),
        },
      });
      expect(mailsTo(service, acme.admin.email)).toHaveLength(1);
      const health = async () => (await admin().get('/v1/sso/health').expect(200)).body;
      expect((await health()).items[0]).toMatchObject({
        ...{ kind: 'metadata_refresh', severity: 'critical', subject: { id } },
        message: expect.stringContaining('metadata_signature_invalid'),
      });
      serve(signed(next));
      await refresh(id).expect(200);
      const { items } = await health();
      expect(items.map(({ kind }: { kind: string }) => kind)).not.toContain('metadata_refresh');
      expect(items).toContainEqual(expect.objectContaining({ kind: 'metadata_certificate' }));
    });
  });

  describe('when the certificates for it change', () => {
    it('is read again by them at once, and nothing changes where they do not hold', async () => {
      const id = await connected({});
      const refused = await patch(id, { metadataCertificates: [stranger.certificate] }).expect(400);
      expect(refused.body.code).toBe('metadata_signature_invalid');
      expect(await show(id)).toMatchObject({ revision: 1, saml: { metadataCertificates: [] } });

      serve(signMetadata(idpMetadata(next, 'https://other.example/entity'), publisher));
      const other = await patch(id, { metadataCertificates: trust }).expect(400);
      expect(other.body.code).toBe('metadata_entity_not_found');
      serve(signed(next));
      await patch(id, { metadataCertificates: trust }).expect(200);
      expect(await known(id)).toEqual(print(next));
      await patch(id, { metadataCertificates: [...trust, successor.certificate] }).expect(200);
      serve(signed(idp, successor));
      await refresh(id).expect(200);
      expect(await known(id)).toEqual(print(idp));
    });

    it('is held to those that are known, however it comes', async () => {
      const id = await connected();
      for (const source of [{ metadataXml: idpMetadata(next) }, { metadataXml: signed(next, stranger) }]) {
        await patch(id, source).expect(400);
      }
      expect(await known(id)).toEqual(print(idp));
      await patch(id, { metadataXml: signed(next) }).expect(200);
      expect(await known(id)).toEqual(print(next));
    });

    it('leaves a revision that shows it, and what a test proved still holds', async () => {
      const id = await connected();
      await service.sql('update connection_revisions set tested_at = now() where connection_id = $1', [id]);
      const { body } = await patch(id, { metadataCertificates: [] }).expect(200);
      expect(body).toMatchObject({ revision: 2, tested: true, saml: { metadataCertificates: [] } });
      const { body: history } = await admin().get(`/v1/sso/connections/${id}/revisions`).expect(200);
      expect(history.data[0].diff).toEqual({
        before: { metadataCertificates: print(publisher.certificate) },
        after: { metadataCertificates: [] },
      });
      const [updated] = await service.auditEvents(acme.id, 'sso_connection.updated');
      expect(updated!.data.before).toEqual({ metadataCertificates: print(publisher.certificate) });
      serve(idpMetadata(next));
      await refresh(id).expect(200);
    });

    it('outlives the return of earlier settings, which nobody decided', async () => {
      const id = await connected({});
      await patch(id, { metadataXml: signed(next), metadataCertificates: trust }).expect(200);
      const connections = service.app.get(ConnectionAdmin, { strict: false });
      await service.app
        .get(Database)
        .inWorkspace(acme.id, () => connections.restore(id, 1, bySystem('rollback')));
      expect(await known(id)).toEqual(print(idp));
      expect((await show(id)).saml.metadataCertificates).toHaveLength(1);
    });

    it('does not let in what was being read meanwhile by the old ones', async () => {
      const id = await connected({});
      const demand = () => patch(id, { metadataXml: signed(), metadataCertificates: trust }).expect(200);
      site.pages.set(path, { body: idpMetadata(next), meanwhile: demand });
      expect((await refresh(id).expect(409)).body.code).toBe('connection_changed');
      expect(await known(id)).toEqual(print(idp));
      expect((await show(id)).refresh.failures).toBe(0);
    });
  });

  describe('of a connection that somebody with a setup link describes', () => {
    const visit = async (id: string) => {
      const { body } = await admin().post(`/v1/sso/connections/${id}/setup-links`).send({}).expect(201);
      const visitor = new SetupVisitor(service);
      await visitor.open(body.url as string);
      return visitor;
    };

    it('is what he is held to: he can neither change the certificates nor type in others', async () => {
      const id = await connected();
      const visitor = await visit(id);
      expect(visitor.page.text).toContain('Metadata must be signed by');
      const refused = async (fields: Record<string, string>) => {
        const { status, text } = await visitor.send('', fields);
        return { status, text };
      };
      const single = { entityId: 'urn:x', ssoUrl: 'https://idp.example/x', certificate: next };
      const own = { metadataXml: signed(next, stranger), metadataCertificate: stranger.certificate };
      for (const fields of [single, own, { metadataCertificate: stranger.certificate }]) {
        expect(await refused(fields)).toEqual({
          status: 409,
          text: expect.stringContaining('by whom the metadata of this connection must be signed'),
        });
      }
      expect(await refused({ metadataXml: signed(next, stranger) })).toEqual({
        status: 400,
        text: expect.stringContaining('is signed by none of these keys'),
      });
      expect(await known(id)).toEqual(print(idp));
      expect((await visitor.send('', { metadataXml: signed(next) })).status).toBe(200);
      expect(await known(id)).toEqual(print(next));
    });

    it('is read no more at its address once he types single fields, and he is told', async () => {
      const id = await connected({});
      const visitor = await visit(id);
      expect(visitor.page.text).not.toContain('is read no more');
      const page = await visitor.send('', { ssoUrl: 'https://idp.example/moved' });
      expect(page.status).toBe(200);
      expect(page.text).toContain(`The metadata at ${url()} is read no more`);
      expect((await show(id)).saml.metadataUrl).toBeNull();
    });

    it('may be demanded by him, where no admin has', async () => {
      const id = await connected({});
      const visitor = await visit(id);
      const fields = { metadataXml: signed(next), metadataCertificate: publisher.certificate };
      expect((await visitor.send('', fields)).status).toBe(200);
      expect((await show(id)).saml.metadataCertificates).toHaveLength(1);
    });
  });
});
