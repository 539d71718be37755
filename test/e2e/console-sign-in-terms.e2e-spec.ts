import { ConnectionDesk, fieldOf, isChosen, shownIn, wrongAt } from '../support/connection-desk';
import { SetupVisitor } from '../support/setup-visitor';

const CLIENT = { clientId: 'one', clientSecret: 'hush-hush' };
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const POSTED = 'https://idp.example/sso/post';

describe('What the console lets an admin say that few have to', () => {
  let desk: ConnectionDesk;

  beforeAll(async () => {
    desk = await ConnectionDesk.open();
  });
  afterAll(() => desk?.close());

  const revisionsPage = async (id: string) => (await (await desk.look(id)).follow('Its revisions')).text;

  const made = (path: string) =>
    desk.made({ type: 'oidc', oidc: { issuer: desk.site.issuer(path), ...CLIENT } });

  describe('of sign-ins by OpenID Connect', () => {
    it('takes how old they may be, what is asked and by which way, as one version', async () => {
      const id = await made('/terms');
      const first = await desk.look(id);
      expect(shownIn(first, 'sign-ins/oidc')).toEqual({ seen: '1', maxAge: '', prompt: '', acrValues: '' });
      expect(fieldOf(first, 'maxAge')).toContain('aria-describedby="maxAge-help"');
      const terms = {
        maxAge: '3600',
        prompt: 'select_account',
        acrValues: ' phr\r\nphrh ',
        acrRequired: 'on',
      };
      const page = await desk.send(id, 'sign-ins/oidc', terms);
      expect(page.url.href).toBe(`${desk.pageOf(id)}?done=demanded`);
      expect(shownIn(page, 'sign-ins/oidc')).toEqual({ ...terms, seen: '2', acrValues: 'phr\nphrh' });
      const oidc = { maxAge: 3600, prompt: 'select_account', acrValues: ['phr', 'phrh'], acrRequired: true };
      expect(await desk.settings(id)).toMatchObject({ revision: 2, tested: false, oidc });
      expect((await desk.revisions(id))[0]!.diff.after).toEqual(oidc);
      const told = await revisionsPage(id);
      expect(told).toMatch(/\(max_age\)<\/dt>\s*<dd>\s*<span class="soft">none →<\/span>\s*3600/);
      expect(told).toContain('One of these is demanded');
      expect((await desk.app.auditEvents(desk.workspace.id, 'sso_connection.updated')).at(-1)).toMatchObject({
        ...{ actor_type: 'user', actor_id: desk.workspace.admin.userId, target_id: id },
      });

      await desk.send(id, 'sign-ins/oidc', shownIn(page, 'sign-ins/oidc'));
      expect(await desk.settings(id)).toMatchObject({ revision: 2 });
      await desk.send(id, 'sign-ins/oidc', { maxAge: '0', prompt: '', acrValues: '' });
      const none = { maxAge: 0, prompt: null, acrValues: [], acrRequired: false };
      expect(await desk.settings(id)).toMatchObject({ oidc: none });
      await desk.send(id, 'sign-ins/oidc', { maxAge: '', prompt: '', acrValues: '' });
      expect(await desk.settings(id)).toMatchObject({ oidc: { ...none, maxAge: null } });
    });

    it('is asked for at the provider then', async () => {
      const id = await made('/asked');
      await desk.send(id, 'sign-ins/oidc', { maxAge: '600', prompt: 'login', acrValues: 'phr\nphrh' });
      const [url, from] = [new URL(`${desk.pageOf(id)}/test`), new URL(desk.pageOf(id))];
      const test = await desk.browser.navigate({ method: 'POST', url, from }, { stopAt: [desk.site.url] });
      expect(Object.fromEntries(test.url.searchParams)).toMatchObject({
        ...{ max_age: '600', prompt: 'login', acr_values: 'phr phrh' },
      });
    });

    it('says beside each what is wrong with it, and keeps what was typed', async () => {
      const id = await made('/refused');
      const typed = { maxAge: '600', prompt: 'login', acrValues: 'phr' };
      const refusal = async (name: string, fields: Record<string, string>) =>
        wrongAt(await desk.send(id, 'sign-ins/oidc', { ...typed, ...fields }), name);
      expect(await refusal('maxAge', { maxAge: '-1' })).toBe('This must be 0 or more.');
      expect(await refusal('maxAge', { maxAge: 'an hour' })).toBe('This must be a whole number.');
      expect(await refusal('prompt', { prompt: 'none' })).toBe('Choose one of those that are offered.');
      expect(await refusal('acrValues', { acrValues: 'é' })).toContain(
        'without blanks, on a line of its own',
      );
      const many = Array.from({ length: 11 }, (_, at) => `way:${at}`).join('\n');
      const refused = await desk.send(id, 'sign-ins/oidc', { ...typed, acrValues: many });
      expect([refused.status, wrongAt(refused, 'acrValues')]).toEqual([
        400,
        'There may be 10 of them at most.',
      ]);
      expect(shownIn(refused, 'sign-ins/oidc')).toEqual({ ...typed, acrValues: many });
      expect(await desk.settings(id)).toMatchObject({ revision: 1 });
    });

    it('refuses to demand one of no ways, which nobody could sign in by', async () => {
      const id = await made('/unnamed');
      const form = { maxAge: '', prompt: '', acrValues: '', acrRequired: 'on' };
      const refused = await desk.send(id, 'sign-ins/oidc', form);
      expect(wrongAt(refused, 'acrValues')).toBe('Name at least one, where one of them is demanded.');
      const call = () => desk.calls().patch(`/v1/sso/connections/${id}`);
      await call()
        .send({ oidc: { acrRequired: true } })
        .expect(400);
      await call()
        .send({ oidc: { acrValues: ['phr'], acrRequired: true } })
        .expect(200);
      await call()
        .send({ oidc: { acrValues: [] } })
        .expect(400);
    });
  });

  describe('of the messages of SAML', () => {
    it('takes the Name ID, the binding, signing and old encryption, and warns of the last', async () => {
      const id = await desk.madeOfMetadata();
      const first = await desk.look(id);
      expect(first.text).toMatch(/<details\s*>\s*<summary>How messages look and travel/);
      const usual = { nameIdFormat: '', requestBinding: 'redirect', signRequests: 'on' };
      expect(shownIn(first, 'messages')).toEqual({ ...usual, seen: '1' });
      expect(first.text).toMatch(/id="allowWeakEncryption-help">This weakens the connection/);
      const asked = { nameIdFormat: PERSISTENT, requestBinding: 'redirect', allowWeakEncryption: 'on' };
      const page = await desk.send(id, 'messages', asked);
      expect(page.url.href).toBe(`${desk.pageOf(id)}?done=exchanged`);
      expect(page.text).toMatch(/<details open\s*>\s*<summary>How messages look and travel/);
      expect(shownIn(page, 'messages')).toEqual({ ...asked, seen: '2' });
      const saml = { nameIdFormat: PERSISTENT, signRequests: false, allowWeakEncryption: true };
      expect((await desk.revisions(id))[0]!.diff.after).toEqual(saml);
      // For as long as it is so, whoever looks.
      expect((await desk.look(id)).text).toMatch(/<p class="alarm">Answers may be encrypted with RSA 1\.5/);
      expect(await desk.settings(id)).toMatchObject({
        ...{ revision: 2, saml, warnings: [{ code: 'weak_encryption_accepted' }] },
      });
      const told = await revisionsPage(id);
      expect(told).toMatch(/<dt>NameID format<\/dt>\s*<dd>\s*<span class="soft">none →<\/span>/);
      expect(told).toContain('Old ways of encryption are allowed');

      await desk.send(id, 'messages', usual);
      expect(await desk.settings(id)).toMatchObject({
        warnings: [],
        saml: { nameIdFormat: null, signRequests: true, allowWeakEncryption: false },
      });
    });

    it('keeps a format that the page does not know', async () => {
      const nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
      const id = await desk.madeOfMetadata({ nameIdFormat });
      const page = await desk.look(id);
      expect(isChosen(page, nameIdFormat)).toBe(true);
      await desk.send(id, 'messages', shownIn(page, 'messages'));
      expect(await desk.settings(id)).toMatchObject({ revision: 1, saml: { nameIdFormat } });
      const odd = await desk.send(id, 'messages', { nameIdFormat: 'acme', requestBinding: 'redirect' });
      expect(wrongAt(odd, 'nameIdFormat')).toBe('Choose one of those that are offered.');
    });

    it('posts requests once it is known where to, and says so where it is not', async () => {
      const id = await desk.madeOfMetadata();
      const posting = { nameIdFormat: PERSISTENT, requestBinding: 'post', signRequests: 'on' };
      const early = await desk.send(id, 'messages', posting);
      expect([early.status, wrongAt(early, 'requestBinding')]).toEqual([
        400,
        expect.stringContaining('enter it there under “Or enter the single values”'),
      ]);
      expect(shownIn(early, 'messages')).toEqual(posting);
      expect(early.text).not.toContain('ssoPostUrl');

      const shown = shownIn(await desk.look(id), 'set-up/entityId');
      expect(shown).toMatchObject({
        entityId: 'https://idp.example/entity',
        certificate: '',
        ssoPostUrl: '',
      });
      await desk.send(id, 'set-up/entityId', { ...shown, ssoPostUrl: POSTED });
      expect((await desk.revisions(id))[0]!.diff.after).toEqual({ ssoPostUrl: POSTED });
      await desk.send(id, 'messages', posting);
      expect(await desk.settings(id)).toMatchObject({
        saml: { requestBinding: 'post', ssoPostUrl: POSTED, nameIdFormat: PERSISTENT },
      });
      const emptied = await desk.send(id, 'set-up/entityId', { ...shown, ssoPostUrl: '' });
      expect([emptied.status, emptied.text.includes('cannot travel by HTTP-POST')]).toEqual([400, true]);
    });

    it('takes where and how logging out travels, beside the single values', async () => {
      const id = await desk.madeOfMetadata();
      const shown = shownIn(await desk.look(id), 'set-up/entityId');
      expect(shown).toMatchObject({ sloUrl: 'https://idp.example/slo', sloBinding: 'redirect' });
      const answers = 'https://idp.example/slo/answers';
      await desk.send(id, 'set-up/entityId', { ...shown, sloBinding: 'post', sloResponseUrl: answers });
      const saml = { sloBinding: 'post', sloResponseUrl: answers };
      expect((await desk.revisions(id))[0]!.diff.after).toEqual(saml);
      const odd = await desk.send(id, 'set-up/entityId', { ...shown, sloUrl: 'javascript:alert(1)' });
      expect(wrongAt(odd, 'sloUrl')).toBe('This must be an https URL.');
      const again = shownIn(await desk.look(id), 'set-up/entityId');
      await desk.send(id, 'set-up/entityId', { ...again, sloUrl: '', sloResponseUrl: '' });
      expect(await desk.settings(id)).toMatchObject({ saml: { sloUrl: null, sloResponseUrl: null } });
    });

    it('asks a new connection for its certificate', async () => {
      const id = await desk.made({ type: 'saml' });
      const typed = { entityId: 'urn:idp', ssoUrl: 'https://idp.example/sso', certificate: '' };
      const refused = await desk.send(id, 'set-up/entityId', typed);
      expect([refused.status, wrongAt(refused, 'certificate')]).toEqual([400, 'This is needed.']);
      expect(fieldOf(refused, 'entityId')).toContain('value="urn:idp"');
    });
  });

  describe('while somebody else does, too', () => {
    const MOVED = 'https://idp.example/slo/moved';
    const changed = 'Somebody has changed the same settings since this page was opened.';

    it('takes nothing back that the form shows as it was before, and says how it is now', async () => {
      const id = await desk.madeOfMetadata();
      const shown = shownIn(await desk.look(id), 'set-up/entityId');
      await desk.send(id, 'set-up/entityId', { ...shown, sloUrl: MOVED });
      const sloResponseUrl = 'https://idp.example/slo/answers';
      const late = { ...shown, sloResponseUrl };
      const refused = await desk.send(id, 'set-up/entityId', late);
      expect([refused.status, refused.text.includes(changed)]).toEqual([409, true]);
      expect(wrongAt(refused, 'sloUrl')).toBe(`It is “${MOVED}” now.`);
      expect(wrongAt(refused, 'sloResponseUrl')).toBeUndefined();
      expect(await desk.settings(id)).toMatchObject({ revision: 2, saml: { sloUrl: MOVED } });

      // Who has read that may want their own all the same.
      await desk.send(id, 'set-up/entityId', shownIn(refused, 'set-up/entityId'));
      const saml = { sloUrl: 'https://idp.example/slo', sloResponseUrl };
      expect(await desk.settings(id)).toMatchObject({ revision: 3, saml });
    });

    it('lets what is shown elsewhere go its own way, and a form that is sent twice', async () => {
      const id = await desk.madeOfMetadata();
      const page = await desk.look(id);
      const [values, terms, names] = ['set-up/entityId', 'sign-ins', 'name'].map((form) =>
        shownIn(page, form),
      );
      await desk.send(id, 'name', { ...names, name: 'Acme Frankfurt' });
      await desk.send(id, 'sign-ins', { ...terms, signed: 'both' });
      const late = { ...values, sloUrl: MOVED };
      expect((await desk.send(id, 'set-up/entityId', late)).status).toBe(200);
      expect((await desk.send(id, 'set-up/entityId', late)).status).toBe(200);
      expect(await desk.settings(id)).toMatchObject({
        ...{ revision: 4, name: 'Acme Frankfurt', saml: { signed: 'both', sloUrl: MOVED } },
      });
    });

    it.each([
      ['sign-ins', { signed: 'response' }, { forceAuthn: 'on' }, 'signed', '“response”'],
      ['sign-ins', { classRefs: 'urn:a urn:b' }, { forceAuthn: 'on' }, 'classRefs', '“urn:a urn:b”'],
      [
        'messages',
        { nameIdFormat: PERSISTENT },
        { allowWeakEncryption: 'on' },
        'nameIdFormat',
        `“${PERSISTENT}”`,
      ],
      ['attributes/saml', { email: 'mail' }, { groups: 'memberOf' }, 'email', '“mail”'],
      ['name', { name: 'Acme Frankfurt' }, { provider: 'okta' }, 'name', '“Acme Frankfurt”'],
    ])('is asked in the form %s as well', async (form, first, second, field, now) => {
      const id = await desk.madeOfMetadata();
      const shown = shownIn(await desk.look(id), form);
      expect((await desk.send(id, form, { ...shown, ...first })).status).toBe(200);
      const refused = await desk.send(id, form, { ...shown, ...second });
      expect([refused.status, wrongAt(refused, field)]).toEqual([409, `It is ${now} now.`]);
    });

    it('is asked of OpenID Connect, and of an IT contact', async () => {
      const id = await made('/late');
      const { body } = await desk.calls().post(`/v1/sso/connections/${id}/setup-links`).send({}).expect(201);
      const visitor = new SetupVisitor(desk.app);
      const shown = shownIn(await visitor.open((body as { url: string }).url), '/setup');
      const byAdmin = shownIn(await desk.look(id), 'set-up/issuer');
      await desk.send(id, 'set-up/issuer', { ...byAdmin, scopes: 'openid groups' });
      const refused = await visitor.send('', { ...shown, clientId: 'two' });
      expect([refused.status, wrongAt(refused, 'scopes')]).toEqual([409, 'It is “openid groups” now.']);
      const page = await visitor.send('', shownIn(refused, '/setup'));
      expect(page.text).toContain('Taken over');
      expect(await desk.settings(id)).toMatchObject({ oidc: { clientId: 'two' } });
    });
  });
});
