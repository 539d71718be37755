import { ENTERPRISE, expectScimError, USER } from '../../support/scim-client';
import { Connector, filter, succeeded } from './connector';

interface SchemaDocument {
  id: string;
  attributes: { name: string; type: string; mutability: string; subAttributes?: { name: string }[] }[];
}

/** Google Workspace autoprovisioning: it maps by our schemas, suspends, and may delete who is active. */
describe('Google Workspace', () => {
  let google: Connector;
  let ada: { id: string };
  let bob: { id: string };

  beforeAll(async () => {
    google = await Connector.connect({ 'content-type': 'application/scim+json; charset=utf-8' });
  });
  afterAll(() => google.close());

  const create = async (userName: string) =>
    (
      await google.scim
        .post('/Users', {
          schemas: [USER, ENTERPRISE],
          userName,
          name: { givenName: 'Ada', familyName: 'Byron' },
          emails: [{ value: userName, type: 'work', primary: true }],
          active: true,
          [ENTERPRISE]: { department: 'Engines' },
        })
        .expect(201)
    ).body as { id: string };

  it('reads what there is to map: every attribute with type and mutability, down to the parts', async () => {
    const { body } = await google.scim.get('/Schemas').expect(200);
    const schemas = body.Resources as SchemaDocument[];
    const user = schemas.find(({ id }) => id === USER)!;
    const named = (name: string) => user.attributes.find((attribute) => attribute.name === name)!;
    expect(named('userName')).toMatchObject({ type: 'string', mutability: 'readWrite', required: true });
    expect(named('emails').subAttributes!.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['value', 'type', 'primary']),
    );
    expect(named('name').subAttributes!.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['givenName', 'familyName']),
    );
    expect(schemas.map(({ id }) => id)).toContain(ENTERPRISE);
    await google.scim.get('/ResourceTypes').expect(200);
    await google.scim.get('/ServiceProviderConfig').expect(200);
  });

  it('looks for people and creates them', async () => {
    expect(await google.found(`/Users?filter=${filter('userName eq "ada@acme.test"')}`)).toEqual([]);
    [ada, bob] = [await create('ada@acme.test'), await create('bob@acme.test')];
    expect(await google.found(`/Users?filter=${filter('userName eq "ada@acme.test"')}`)).toEqual([ada.id]);
  });

  it('updates by PUT or PATCH', async () => {
    const read = await google.read(`/Users/${ada.id}`);
    await google.scim.put(`/Users/${ada.id}`, { ...read, title: 'Countess' }).expect(200);
    succeeded(
      await google.scim.patch(`/Users/${ada.id}`, {
        op: 'replace',
        path: `${ENTERPRISE}:department`,
        value: 'Mathematics',
      }),
    );
    expect(await google.read(`/Users/${ada.id}`)).toMatchObject({
      title: 'Countess',
      [ENTERPRISE]: { department: 'Mathematics' },
    });
  });

  it('suspends after some days, and brings back', async () => {
    succeeded(await google.scim.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false }));
    expect(await google.member(ada.id)).toMatchObject({ removed: true });
    succeeded(await google.scim.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: true }));
    expect(await google.member(ada.id)).toMatchObject({ removed: false });
  });

  it('deletes weeks after a suspension', async () => {
    succeeded(await google.scim.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false }));
    await google.scim.delete(`/Users/${ada.id}`).expect(204);
    expectScimError(await google.scim.get(`/Users/${ada.id}`), 404);
  });

  it('deletes somebody who is active, as its very first word about them', async () => {
    await google.scim.delete(`/Users/${bob.id}`).expect(204);
    expect(await google.member(bob.id)).toMatchObject({ removed: true });
    expectScimError(await google.scim.delete(`/Users/${bob.id}`), 404);
  });
});
