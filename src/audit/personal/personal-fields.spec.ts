import { divide, divideWords, unite } from './personal-fields';

const ID = '01a2153b-d79b-7c18-9d7b-848671bf32f4';

describe('The data of an audit event about a person', () => {
  it('keeps apart what is theirs: every text that is not known to be harmless', () => {
    const data = {
      email: 'ada@acme.test',
      role: 'editor',
      reason: 'Ada said so',
      before: { displayName: 'ada', role: 'viewer' },
      revoked: { sessions: [ID], apiKeys: [] },
      at: '2030-01-01T00:00:00.000Z',
      count: 3,
      done: true,
      nothing: null,
      emails: [{ value: 'ada@acme.test', primary: true }],
      anythingNew: 'ada',
    };
    const { open, personal } = divide(data);
    expect(open).toEqual({
      role: 'editor',
      before: { role: 'viewer' },
      revoked: { sessions: [ID], apiKeys: [] },
      at: '2030-01-01T00:00:00.000Z',
      count: 3,
      done: true,
      nothing: null,
    });
    expect(personal).toEqual({
      '/email': 'ada@acme.test',
      '/reason': 'Ada said so',
      '/before/displayName': 'ada',
      '/emails': [{ value: 'ada@acme.test', primary: true }],
      '/anythingNew': 'ada',
    });
    expect(unite(open, personal)).toEqual(data);
  });

  it('comes together again whatever its fields are called', () => {
    const data = JSON.parse(
      '{"a/b": {"c~d": "x"}, "__proto__": {"name": "y", "role": "editor"}, "urn:x:1.0": {"": "z"}}',
    ) as Record<string, unknown>;
    const { open, personal } = divide(data);
    expect(JSON.parse(JSON.stringify(unite(open, personal)))).toEqual(data);
    expect(({} as { name?: string }).name).toBeUndefined();
  });
});

describe('Data about nobody', () => {
  it('has the words of whoever did it, and nothing else that is personal', () => {
    const data = { name: 'billing', reason: 'Ada asked me', note: 'again', requestId: 'r-1' };
    const { open, personal } = divideWords(data);
    expect(open).toEqual({ name: 'billing', requestId: 'r-1' });
    expect(personal).toEqual({ '/reason': 'Ada asked me', '/note': 'again' });
    expect(unite(open, personal)).toEqual(data);
  });

  it('keeps a code open that says why', () => {
    const data = { reason: 'connection_activated' };
    expect(divideWords(data)).toEqual({ open: data, personal: {} });
  });

  it('has no codes where somebody typed the reason, whatever it looks like', () => {
    const typed = divideWords({ name: 'billing', reason: 'lovelace' }, true);
    expect(typed).toEqual({ open: { name: 'billing' }, personal: { '/reason': 'lovelace' } });
  });
});
