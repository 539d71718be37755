import { randomUUID } from 'node:crypto';
import { issueCredential, readCredential, sameHash } from './credential';

describe('A credential', () => {
  const workspaceId = '3f0c7d54-6f0e-4d53-9a3c-0f6a2f7f6f11';
  const id = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

  it('names the workspace and the row it opens', () => {
    const { text, hash } = issueCredential('gh', workspaceId, id);
    const read = readCredential('gh', text)!;
    expect(read).toMatchObject({ workspaceId, id });
    expect(sameHash(read.hash, hash)).toBe(true);
  });

  it('is read back for any ids', () => {
    for (let round = 0; round < 200; round += 1) {
      const [a, b] = [randomUUID(), randomUUID()];
      expect(readCredential('ghr', issueCredential('ghr', a, b).text)).toMatchObject({
        workspaceId: a,
        id: b,
      });
    }
  });

  it('is of one kind only', () => {
    expect(readCredential('ghs', issueCredential('gh', workspaceId, id).text)).toBeUndefined();
  });

  it('tells a typo by its checksum', () => {
    const { text } = issueCredential('gh', workspaceId, id);
    const typo = text.slice(0, -10) + (text.at(-10) === 'x' ? 'y' : 'x') + text.slice(-9);
    expect(readCredential('gh', typo)).toBeUndefined();
  });

  it.each(['', 'gh_', 'sk_live_123', `gh_${'z'.repeat(44)}_${'0'.repeat(49)}`])('is not %p', (stranger) => {
    expect(readCredential('gh', stranger)).toBeUndefined();
  });
});
