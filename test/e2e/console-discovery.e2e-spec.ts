import { ConnectionDesk, fieldOf, shownIn, wrongAt } from '../support/connection-desk';
import { SetupVisitor } from '../support/setup-visitor';

const CLIENT = { clientId: 'one', clientSecret: 'hush-hush' };
const PUBLISHED = '/.well-known/openid-configuration';

describe('What the console knows of an OpenID Provider', () => {
  let desk: ConnectionDesk;

  beforeAll(async () => {
    desk = await ConnectionDesk.open();
  });
  afterAll(() => desk?.close());

  const save = async (id: string, fields: Record<string, string>) =>
    desk.send(id, 'set-up/issuer', { ...shownIn(await desk.look(id), 'set-up/issuer'), ...fields });
  const endpointsAt = (path: string) => ({
    authorizationEndpoint: `${desk.site.url}${path}/authorize`,
    tokenEndpoint: `${desk.site.url}${path}/token`,
    jwksUri: `${desk.site.url}${path}/keys`,
  });

  it('stays while the issuer does, so that a form is saved though the provider is down', async () => {
    const issuer = desk.site.issuer('/down');
    const id = await desk.made({ type: 'oidc', oidc: { issuer, ...CLIENT } });
    desk.site.pages.delete(`/down${PUBLISHED}`);
    const asked = desk.site.asked.length;
    const saved = await save(id, { scopes: 'openid groups', clientSecret: 'renewed' });
    expect([saved.status, wrongAt(saved, 'issuer')]).toEqual([200, undefined]);
    expect(await desk.settings(id)).toMatchObject({
      ...{ revision: 2, oidc: { scopes: ['openid', 'groups'], tokenEndpoint: `${issuer}/token` } },
    });
    expect(desk.site.asked).toHaveLength(asked);
  });

  it('stays behind a setup link, too', async () => {
    const issuer = desk.site.issuer('/link');
    const id = await desk.made({ type: 'oidc', oidc: { issuer, ...CLIENT } });
    desk.site.pages.delete(`/link${PUBLISHED}`);
    const { body } = await desk.calls().post(`/v1/sso/connections/${id}/setup-links`).send({}).expect(201);
    const visitor = new SetupVisitor(desk.app);
    const shown = shownIn(await visitor.open((body as { url: string }).url), '/setup');
    const page = await visitor.send('', { ...shown, scopes: 'openid groups' });
    expect([page.status, page.text.includes('Taken over')]).toEqual([200, true]);
    expect(await desk.settings(id)).toMatchObject({ oidc: { scopes: ['openid', 'groups'] } });
  });

  it('is not what somebody says who saw another issuer: a secret least of all', async () => {
    const before = desk.site.issuer('/before');
    const id = await desk.made({ type: 'oidc', oidc: { issuer: before, ...CLIENT } });
    const shown = shownIn(await desk.look(id), 'set-up/issuer');
    const issuer = desk.site.issuer('/after');
    const oidc = { issuer, clientSecret: 'of the other' };
    await desk.calls().patch(`/v1/sso/connections/${id}`).send({ oidc }).expect(200);
    const late = await desk.send(id, 'set-up/issuer', { ...shown, clientSecret: 'of the one before' });
    expect([late.status, late.text.includes('Somebody changed the connection')]).toEqual([409, true]);
    expect(await desk.settings(id)).toMatchObject({ revision: 2, oidc: { issuer } });
  });

  it('is read again where an admin asks for that, or enters another issuer', async () => {
    const issuer = desk.site.issuer('/moving');
    const id = await desk.made({ type: 'oidc', oidc: { issuer, ...CLIENT } });
    desk.site.issuer('/moving', { token_endpoint: `${issuer}/token-2` });
    await save(id, { scopes: 'openid' });
    expect(await desk.settings(id)).toMatchObject({ oidc: { tokenEndpoint: `${issuer}/token` } });
    const read = await save(id, { readAgain: 'on' });
    expect(read.url.href).toBe(`${desk.pageOf(id)}?done=taken`);
    expect(await desk.settings(id)).toMatchObject({ oidc: { tokenEndpoint: `${issuer}/token-2` } });
    expect((await desk.revisions(id))[0]!.diff.after).toEqual({ tokenEndpoint: `${issuer}/token-2` });

    desk.site.pages.delete(`/moving${PUBLISHED}`);
    const refused = await save(id, { readAgain: 'on' });
    expect(wrongAt(refused, 'issuer')).toContain(
      'If it publishes no such document, enter its endpoints too.',
    );
    expect(refused.text).toMatch(/name="readAgain" value="on"\s+checked/);
    const other = desk.site.issuer('/other');
    await save(id, { issuer: other, clientSecret: 'its own' });
    expect(await desk.settings(id)).toMatchObject({
      oidc: { issuer: other, tokenEndpoint: `${other}/token` },
    });
  });

  it('may be entered by hand, where the provider publishes nothing', async () => {
    const id = await desk.made({ type: 'oidc' });
    const first = await desk.look(id);
    expect(fieldOf(first, 'readAgain')).toBeUndefined();
    expect(fieldOf(first, 'tokenEndpoint')).toContain('value=""');
    const endpoints = endpointsAt('/hand');
    const issuer = `${desk.site.url}/hand`;
    const { jwksUri, ...partly } = endpoints;
    const early = await save(id, { issuer, ...CLIENT, ...partly });
    expect([early.status, wrongAt(early, 'jwksUri')]).toEqual([400, 'This is needed too.']);
    expect(fieldOf(early, 'tokenEndpoint')).toContain(`value="${partly.tokenEndpoint}"`);
    expect(await desk.settings(id)).toMatchObject({ complete: false, revision: 1 });
    const odd = await save(id, { issuer, ...CLIENT, ...endpoints, jwksUri: 'javascript:alert(1)' });
    expect(wrongAt(odd, 'jwksUri')).toBe('This must be an https URL.');

    const asked = desk.site.asked.length;
    const page = await save(id, { issuer, ...CLIENT, ...endpoints, userinfoEndpoint: `${issuer}/me` });
    expect(page.url.href).toBe(`${desk.pageOf(id)}?done=taken`);
    expect(fieldOf(page, 'userinfoEndpoint')).toContain(`value="${issuer}/me"`);
    expect(page.text).toMatch(/<details open\s*>\s*<summary>It publishes no discovery document/);
    const known = { manual: true, ...endpoints, userinfoEndpoint: `${issuer}/me`, endSessionEndpoint: null };
    expect(await desk.settings(id)).toMatchObject({ revision: 2, oidc: known });
    expect([desk.site.asked.length, jwksUri]).toEqual([asked, `${issuer}/keys`]);
    expect((await (await desk.look(id)).follow('Its revisions')).text).toMatch(
      /<dt>Endpoints were entered, not discovered<\/dt>\s*<dd>\s*yes/,
    );
  });

  it('is changed by hand one by one, and found again once the fields are emptied', async () => {
    const issuer = `${desk.site.url}/again`;
    const id = await desk.made({ type: 'oidc', oidc: { issuer, ...CLIENT, ...endpointsAt('/again') } });
    await save(id, {});
    expect(await desk.settings(id)).toMatchObject({ revision: 1 });
    await save(id, { jwksUri: `${issuer}/keys-2`, endSessionEndpoint: `${issuer}/bye` });
    expect((await desk.revisions(id))[0]!.diff.after).toEqual({
      jwksUri: `${issuer}/keys-2`,
      endSessionEndpoint: `${issuer}/bye`,
    });
    await save(id, { endSessionEndpoint: '' });
    expect(await desk.settings(id)).toMatchObject({ oidc: { endSessionEndpoint: null, manual: true } });
    const missing = await save(id, { jwksUri: '' });
    expect(wrongAt(missing, 'jwksUri')).toBe('This is needed too.');
    const elsewhere = await save(id, { tokenEndpoint: `${issuer}/token-2` });
    expect(wrongAt(elsewhere, 'clientSecret')).toContain('Enter it here too');
    expect(await desk.settings(id)).toMatchObject({ revision: 3 });

    const none = { authorizationEndpoint: '', tokenEndpoint: '', jwksUri: '' };
    expect(wrongAt(await save(id, none), 'issuer')).toContain('answered with status 404');
    desk.site.issuer('/again');
    await save(id, none);
    expect(await desk.settings(id)).toMatchObject({ oidc: { manual: false, jwksUri: `${issuer}/keys` } });
  });
});
