import { bareBase64 } from '../support/certificates';
import { Chromium, CHROMIUM, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';
import { SIMPLESAMLPHP, SimpleSamlPhp } from '../support/simplesamlphp';
import { TestBench } from '../support/test-sign-in';
import { type Connected, Workbench } from '../support/workbench';

const PASSWORD = 'tulip-harbour';
const account = (uid: string, givenName: string, sn: string, groups: string[]) => ({
  username: uid,
  password: PASSWORD,
  attributes: { uid: [uid], mail: [`${uid}@acme.test`], givenName: [givenName], sn: [sn], groups },
});

describeWithInstalled('SimpleSAMLphp', [CHROMIUM, ...SIMPLESAMLPHP], () => {
  let chromium: Chromium;
  let idp: SimpleSamlPhp;
  let bench: Workbench;
  let acme: Connected;

  beforeAll(async () => {
    [bench, chromium, idp] = await Promise.all([
      Workbench.start(),
      Chromium.start(),
      SimpleSamlPhp.start([
        account('ada', 'Ada', 'Lovelace', ['Engineering', 'Workflow Admins']),
        account('grace', 'Grace', 'Hopper', ['Engineering']),
        account('alan', 'Alan', 'Turing', ['Research', 'Workflow Admins']),
      ]),
    ]);
    acme = await connect();
  });

  afterAll(async () => {
    await Promise.all([chromium?.stop(), idp?.stop(), bench?.stop()]);
  });

  afterEach(() => idp.configure());

  /** Both sides read the other's metadata from its URL. */
  const connect = async (settings: Record<string, unknown> = {}): Promise<Connected> => {
    const connected = await bench.connect({ saml: { metadataUrl: idp.metadataUrl, ...settings } });
    idp.trust(connected.ours.metadataUrl!);
    return connected;
  };
  const newPerson = () => chromium.person(bench.application);
  const typeIn = (person: Person, uid: string, password = PASSWORD) =>
    person.submit({ '#username': uid, '#password': password });
  const signIn = async (uid: string, { loginUrl } = acme, person?: Person): Promise<Person> => {
    const somebody = person ?? (await newPerson());
    await somebody.open(loginUrl);
    await typeIn(somebody, uid);
    return somebody;
  };

  it('is known by its metadata, and signs somebody in who ends at the application with tokens', async () => {
    const { body: connection } = await bench.admin.get(`/v1/sso/connections/${acme.id}`).expect(200);
    expect(connection.saml).toMatchObject({
      entityId: idp.entityId,
      ssoUrl: `${idp.url}/saml2/idp/SSOService.php`,
      certificates: [{ subject: expect.stringContaining('SimpleSAMLphp first') }],
    });

    const { code, state } = await (await signIn('ada')).arrival();
    expect(state).toBe('mine');
    const { me } = await bench.whoIs(code);
    expect(me).toMatchObject({ user: { email: 'ada@acme.test' }, member: { role: 'viewer' } });
  });

  it('signs its metadata, which is taken by that signature and by no other', async () => {
    const [publisher, other] = [idp.makeKey('publisher'), idp.makeKey('other')];
    const demand = (...metadataCertificates: string[]) =>
      bench.admin.post('/v1/sso/connections').send({
        ...{ type: 'saml', name: 'Signed' },
        saml: { metadataUrl: idp.metadataUrl, metadataCertificates },
      });
    expect((await demand(publisher).expect(400)).body.code).toBe('metadata_unsigned');
    idp.configure({
      ...{ 'metadata.sign.enable': true, 'metadata.sign.privatekey': 'publisher.pem' },
      'metadata.sign.certificate': 'publisher.crt',
    });
    expect((await demand(other).expect(400)).body.code).toBe('metadata_signature_invalid');
    const { body } = await demand(other, publisher).expect(201);
    expect(body.saml).toMatchObject({ entityId: idp.entityId, metadataCertificates: [{}, {}] });
    await bench.admin.delete(`/v1/sso/connections/${body.id}`).expect(204);
  });

  it('makes a member of the person, with the names it sends, and knows them again', async () => {
    const grace = await signIn('grace');
    await grace.arrival();
    const first = await bench.latest('sso.login_succeeded', acme);
    expect(first).toMatchObject({ actor_email: 'grace@acme.test', data: { jit: true } });
    const [member] = await bench.app.sql('select display_name, source from members where id = $1', [
      first?.data.memberId,
    ]);
    expect(member).toEqual({ display_name: 'Grace Hopper', source: 'jit' });

    // It has a session with her browser by now and asks for nothing.
    await grace.open(acme.loginUrl);
    await grace.arrival();
    // In another browser it asks again.
    await (await signIn('grace')).arrival();
    const latest = await bench.latest('sso.login_succeeded', acme);
    expect(latest?.data).toMatchObject({ jit: false, memberId: first?.data.memberId });
  });

  it('can be tried as a draft: what it sends is shown, nobody is made, and then the connection may open', async () => {
    const draft = await bench.draft({ saml: { metadataUrl: idp.metadataUrl } });
    idp.trust(draft.ours.metadataUrl!);
    const tests = new TestBench(bench.app, bench.workspace, draft.id);
    const { attemptId, url } = await tests.start();
    const alan = await newPerson();
    await alan.open(url);
    await typeIn(alan, 'alan');
    await alan.page.waitForURL(`${bench.app.baseUrl}/**`);

    const attempt = await tests.attempt(attemptId);
    expect(attempt).toMatchObject({ status: 'passed', email: 'alan@acme.test', role: 'viewer' });
    expect(attempt.checks.filter(({ ok }) => !ok)).toEqual([]);
    const sent = Object.fromEntries(attempt.attributes.map(({ name, values }) => [name, values]));
    expect(sent).toMatchObject({ mail: ['alan@acme.test'], groups: ['Research', 'Workflow Admins'] });
    expect(await bench.app.sql(`select 1 from members where email = 'alan@acme.test'`)).toEqual([]);
    await tests.act('activate').expect(200);
    await (await signIn('alan', draft)).arrival();
  });

  it('keeps whoever has the wrong password, until they remember the right one', async () => {
    const ada = await newPerson();
    await ada.open(acme.loginUrl);
    await typeIn(ada, 'ada', 'no such password');
    await ada.page.getByText('Incorrect username or password').first().waitFor();
    expect(ada.page.url()).toContain(idp.url);
    await typeIn(ada, 'ada');
    expect((await ada.arrival()).state).toBe('mine');
  });

  it('turns away a request that lost its signature, or was changed', async () => {
    const ada = await newPerson();
    const good = await ada.redirectOf(acme.loginUrl);
    const [unsigned, changed] = [new URL(good), new URL(good)];
    unsigned.searchParams.delete('Signature');
    changed.searchParams.set('RelayState', 'another');
    await ada.open(good.href);
    expect(await ada.page.locator('#username').count()).toBe(1);

    for (const url of [unsigned, changed]) {
      await ada.open(url.href);
      expect(await ada.page.locator('#username').count()).toBe(0);
      expect(await ada.text()).toMatch(/error/i);
    }
  });

  it.each([
    ['assertion', false, true],
    ['response', true, false],
    ['both', true, true],
  ] as const)('is believed when it signs: %s', async (signed, response, assertion) => {
    const connected = await connect({ signed });
    idp.configure({ 'saml20.sign.response': response, 'saml20.sign.assertion': assertion });
    await (await signIn('ada', connected)).arrival();
    expect(await bench.latest('sso.login_succeeded', connected)).toBeDefined();
  });

  it('is not believed when it signs nothing', async () => {
    // Otherwise our metadata wants signed assertions, which it heeds whatever it is set to.
    const connected = await connect({ signed: 'response' });
    idp.configure({ 'saml20.sign.response': false, 'saml20.sign.assertion': false });
    expect(await (await signIn('ada', connected)).refusal()).toBe('saml_signature_missing');
    expect((await bench.latest('sso.login_failed', connected))?.data.code).toBe('saml_signature_missing');
  });

  it('is not believed when somebody changed its answer on the way', async () => {
    const ada = await newPerson();
    await ada.page.route('**/acs', async (route) => {
      const form = new URLSearchParams(route.request().postData() ?? '');
      const xml = Buffer.from(form.get('SAMLResponse')!, 'base64').toString();
      expect(xml).toContain('ada@acme.test');
      form.set('SAMLResponse', Buffer.from(xml.replaceAll('ada@', 'eva@')).toString('base64'));
      await route.continue({ postData: form.toString() });
    });
    await signIn('ada', acme, ada);
    expect(await ada.refusal()).toBe('saml_signature_invalid');
    expect((await bench.latest('sso.login_failed', acme))?.data.code).toBe('saml_signature_invalid');
  });

  it('may name people by an opaque NameID; the email is in the attributes then', async () => {
    const nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
    const connected = await connect({ nameIdFormat });
    const { me } = await bench.whoIs((await (await signIn('grace', connected)).arrival()).code);
    expect(me.user).toMatchObject({ email: 'grace@acme.test' });
    const [identity] = await bench.app.sql('select subject from identities where connection_id = $1', [
      connected.id,
    ]);
    expect(identity?.subject).toMatch(/^[0-9a-f]{40}$/);
  });

  it('rolls its key over without anybody noticing', async () => {
    const connected = await connect();
    const subjects = async () => {
      const { saml } = await bench.change(connected.id, { saml: { metadataUrl: idp.metadataUrl } });
      return (saml as { certificates: { subject: string }[] }).certificates.map(({ subject }) => subject);
    };
    idp.makeKey('second');
    const [first, second] = [expect.stringContaining('first'), expect.stringContaining('second')];
    idp.configure({ new_privatekey: 'second.pem', new_certificate: 'second.crt' });
    expect(await subjects()).toEqual(expect.arrayContaining([first, second]));
    await (await signIn('ada', connected)).arrival();

    idp.configure({ privatekey: 'second.pem', certificate: 'second.crt' });
    await (await signIn('ada', connected)).arrival();
    expect(await subjects()).toEqual([second]);
    await (await signIn('ada', connected)).arrival();
  });

  /** What an administrator types in where metadata is not read. */
  const connectByHand = async (
    settings: Record<string, unknown> = {},
    theirs: Record<string, unknown> = {},
  ): Promise<Connected> => {
    const connected = await bench.connect({ saml: { metadataUrl: idp.metadataUrl, ...settings } });
    const { entityId, acsUrl, sloUrl, certificate } = connected.ours;
    idp.register(entityId!, {
      AssertionConsumerService: acsUrl,
      SingleLogoutService: sloUrl,
      certData: bareBase64(certificate!),
      ...theirs,
    });
    return connected;
  };

  it('encrypts as it can, which the connection has to allow', async () => {
    // It knows AES-CBC alone.
    const theirs = { 'assertion.encryption': true };
    const strict = await connectByHand({}, theirs);
    expect(await (await signIn('ada', strict)).refusal()).toBe('saml_encryption_algorithm_refused');

    const lenient = await connectByHand({ allowWeakEncryption: true }, theirs);
    const { me } = await bench.whoIs((await (await signIn('ada', lenient)).arrival()).code);
    expect(me.user).toMatchObject({ email: 'ada@acme.test' });
  });

  it('encrypts the NameID alone, or it and the assertion', async () => {
    for (const theirs of [{}, { 'assertion.encryption': true }]) {
      const settings = { 'nameid.encryption': true, ...theirs };
      const strict = await connectByHand({}, settings);
      expect(await (await signIn('grace', strict)).refusal()).toBe('saml_encryption_algorithm_refused');
      const lenient = await connectByHand({ allowWeakEncryption: true }, settings);
      const { me } = await bench.whoIs((await (await signIn('grace', lenient)).arrival()).code);
      expect(me.user).toMatchObject({ email: 'grace@acme.test' });
    }
  });

  describe('as single logout goes', () => {
    let connected: Connected;
    beforeAll(async () => {
      connected = await connectByHand();
    });

    it('ends its session when ours ends, and comes back to our sign-in page', async () => {
      const ada = await signIn('ada', connected);
      const { accessToken } = await bench.whoIs((await ada.arrival()).code);
      const { body } = await bench.app
        .http(accessToken)
        .post('/v1/auth/logout')
        .send({ idp: true })
        .expect(200);
      await ada.open(body.logoutUrl as string);
      await ada.page.waitForURL(`${bench.app.baseUrl}/login*`);
      await bench.app.http(accessToken).get('/v1/auth/me').expect(401);
      await ada.open(connected.loginUrl);
      expect(await ada.page.locator('#username').count()).toBe(1);
    });

    it('ends our session when its own ends, and only that person’s', async () => {
      const [ada, grace] = [await signIn('ada', connected), await signIn('grace', connected)];
      const left = await bench.whoIs((await ada.arrival()).code);
      const stays = await bench.whoIs((await grace.arrival()).code);
      await ada.open(idp.logoutUrl);
      await ada.page.waitForURL((url) => url.href.startsWith(idp.url));
      await bench.app.http(left.accessToken).get('/v1/auth/me').expect(401);
      await bench.app.http(stays.accessToken).get('/v1/auth/me').expect(200);
    });
  });
});
