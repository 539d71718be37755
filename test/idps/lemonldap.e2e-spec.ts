import { signingKey } from '../support/certificates';
import { Chromium, CHROMIUM, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';
import { LEMONLDAP, LemonLdap, type LemonRelyingParty } from '../support/lemonldap';
import { type Connected, Workbench } from '../support/workbench';

const CLIENT = { clientId: 'gatehouse', clientSecret: 'violet-lagoon-42' };

describeWithInstalled('LemonLDAP::NG', [CHROMIUM, ...LEMONLDAP], () => {
  let chromium: Chromium;
  let idp: LemonLdap;
  let bench: Workbench;
  let saml: Connected;
  let oidc: Connected;
  let metadata: string;
  let client: LemonRelyingParty;

  beforeAll(async () => {
    [bench, chromium, idp] = await Promise.all([
      Workbench.start('badwolf.org'),
      Chromium.start(),
      LemonLdap.start(),
    ]);
    saml = await bench.connect({ saml: { metadataUrl: idp.metadataUrl } });
    oidc = await bench.connect({ oidc: { issuer: idp.issuer, ...CLIENT } });
    metadata = await (await fetch(saml.ours.metadataUrl!)).text();
    client = { ...CLIENT, redirectUri: oidc.ours.redirectUri! };
    await idp.configure(parties());
  });

  afterAll(async () => {
    await Promise.all([chromium?.stop(), idp?.stop(), bench?.stop()]);
  });

  const parties = () => ({ serviceProviders: [metadata], relyingParties: [client] });
  const newPerson = () => chromium.person(bench.application);
  const typeIn = (person: Person, uid: string, password = uid) =>
    person.submit({ '#userfield': uid, '#passwordfield': password });
  const signIn = async (uid: string, { loginUrl }: Connected): Promise<Person> => {
    const person = await newPerson();
    await person.open(loginUrl);
    await typeIn(person, uid);
    return person;
  };
  const memberOf = async (connected: Connected) => {
    const event = await bench.latest('sso.login_succeeded', connected);
    const [member] = await bench.app.sql(
      'select id, email, display_name, source from members where id = $1',
      [event?.data.memberId],
    );
    return { ...member, jit: event?.data.jit };
  };

  describe('as a SAML identity provider', () => {
    it('signs somebody in who ends at the application with tokens, and is the same member next time', async () => {
      const doctor = await signIn('dwho', saml);
      const { code, state } = await doctor.arrival();
      expect(state).toBe('mine');
      const { me } = await bench.whoIs(code);
      expect(me).toMatchObject({ user: { email: 'dwho@badwolf.org' }, member: { role: 'viewer' } });
      const first = await memberOf(saml);
      expect(first).toMatchObject({ display_name: 'Doctor Who', source: 'jit', jit: true });

      // The portal has a session with this browser by now and asks for nothing.
      await doctor.open(saml.loginUrl);
      await doctor.arrival();
      expect(await memberOf(saml)).toEqual({ ...first, jit: false });
    });

    it('keeps whoever has the wrong password, until they remember the right one', async () => {
      const doctor = await newPerson();
      await doctor.open(saml.loginUrl);
      await typeIn(doctor, 'dwho', 'tardis');
      await doctor.page.getByText('Wrong credentials').first().waitFor();
      await typeIn(doctor, 'dwho');
      expect((await doctor.arrival()).state).toBe('mine');
    });

    it('turns away a request whose signature is not ours', async () => {
      const doctor = await newPerson();
      const request = await doctor.redirectOf(saml.loginUrl);
      request.searchParams.set('RelayState', 'another');
      await doctor.open(request.href);
      await typeIn(doctor, 'dwho');
      await doctor.page.getByText(/SAML/).first().waitFor();
      expect(doctor.page.url()).toContain(idp.url);
    });

    it('ends its session when ours ends, and ours when its own ends', async () => {
      const doctor = await signIn('dwho', saml);
      const here = await bench.whoIs((await doctor.arrival()).code);
      const { body } = await bench.app.http(here.accessToken).post('/v1/auth/logout').send({ idp: true });
      await doctor.open(body.logoutUrl as string);
      await doctor.page.waitForURL(`${bench.app.baseUrl}/login*`);
      await bench.app.http(here.accessToken).get('/v1/auth/me').expect(401);

      await doctor.open(saml.loginUrl);
      await typeIn(doctor, 'dwho');
      const there = await bench.whoIs((await doctor.arrival()).code);
      // Its page asks us in a frame of its own.
      const asked = doctor.page.waitForResponse((answer) => answer.url().startsWith(saml.ours.sloUrl!));
      await doctor.open(`${idp.url}/?logout=1`);
      expect((await asked).status()).toBe(303);
      await bench.app.http(there.accessToken).get('/v1/auth/me').expect(401);
    });

    it('encrypts as it can, which the connection has to allow', async () => {
      await idp.configure({
        ...parties(),
        samlOptions: { samlSPMetaDataOptionsEncryptionMode: 'assertion' },
      });
      expect(await (await signIn('dwho', saml)).refusal()).toBe('saml_encryption_algorithm_refused');
      await bench.change(saml.id, { saml: { allowWeakEncryption: true } });
      await (await signIn('dwho', saml)).arrival();
      await idp.configure(parties());
    });
  });

  describe('as an OpenID Provider', () => {
    const accept = (person: Person) => person.page.click('button:has-text("Accept")');

    it('signs somebody in who consents, with claims from userinfo, and asks nothing next time', async () => {
      const rose = await signIn('rtyler', oidc);
      await accept(rose);
      const { code, state } = await rose.arrival();
      expect(state).toBe('mine');
      const { me } = await bench.whoIs(code);
      expect(me).toMatchObject({ user: { email: 'rtyler@badwolf.org' }, member: { role: 'viewer' } });
      const first = await memberOf(oidc);
      expect(first).toMatchObject({ display_name: 'Rose Tyler', source: 'jit', jit: true });

      await rose.open(oidc.loginUrl);
      await rose.arrival();
      expect(await memberOf(oidc)).toEqual({ ...first, jit: false });
    });

    it('sends back whoever does not consent', async () => {
      const mickey = await signIn('msmith', oidc);
      await mickey.page.click('#refuse');
      expect(await mickey.refusal()).toBe('oidc_provider_error');
      expect((await bench.latest('sso.login_failed', oidc))?.data).toMatchObject({
        code: 'oidc_provider_error',
        reason: expect.stringContaining('consent'),
      });
    });

    it('wants PKCE, and gets it', async () => {
      const rose = await newPerson();
      const request = await rose.redirectOf(oidc.loginUrl);
      request.searchParams.delete('code_challenge');
      await rose.open(request.href);
      await typeIn(rose, 'rtyler');
      expect(await rose.refusal()).toBe('oidc_provider_error');
    });

    it('is not given another secret than its own', async () => {
      await bench.change(oidc.id, { oidc: { clientSecret: 'expired' } });
      const rose = await signIn('rtyler', oidc);
      expect(await rose.refusal()).toBe('oidc_client_refused');
      await bench.change(oidc.id, { oidc: { clientSecret: CLIENT.clientSecret } });
      await (await signIn('rtyler', oidc)).arrival();
    });
  });

  it('rolls its key over, for either protocol', async () => {
    const next = signingKey({ commonName: 'LemonLDAP::NG next' });
    const { body: before } = await bench.admin.get(`/v1/sso/connections/${saml.id}`).expect(200);
    const certificates = [before.saml.certificates[0].pem, next.certificate];
    await bench.change(saml.id, { saml: { certificates } });
    await (await signIn('dwho', saml)).arrival();

    await idp.configure({ ...parties(), key: next });
    await (await signIn('dwho', saml)).arrival();
    // Its key ID is new to us: we fetch its keys again, once half a minute has passed since the last time.
    await new Promise((resolve) => setTimeout(resolve, 31_000));
    await (await signIn('rtyler', oidc)).arrival();
  }, 180_000);
});
