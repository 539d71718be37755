import { sealedFor } from './sealed-for';

describe('What a secret is sealed for', () => {
  const version = { id: 'row', purpose: 'vault', version: 1 };

  it('is one value alone: another workspace, row, purpose or version is something else', () => {
    const places = [
      sealedFor('acme', version),
      sealedFor('globex', version),
      sealedFor('acme', { ...version, id: 'other row' }),
      sealedFor('acme', { ...version, purpose: 'sso.client_secret' }),
      sealedFor('acme', { ...version, version: 2 }),
      sealedFor('acme', { ...version, version: 3 }),
    ];
    expect(new Set(places).size).toBe(places.length);
  });

  it('is what it always was, or nothing that is stored would open', () => {
    expect(sealedFor('acme', version)).toBe('secrets|acme|row|vault');
    expect(sealedFor('acme', { ...version, version: 2 })).toBe('secrets|acme|row|vault|2');
  });
});
