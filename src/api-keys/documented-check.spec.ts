import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCredential } from '../crypto/credential';
import { uuidV7 } from '../crypto/uuid-v7';

const page = readFileSync(join(__dirname, '../../docs/api-keys.md'), 'utf8');
const code = /```js\n([^]*?)```/.exec(page)![1]!;
const pattern = new RegExp(/```\n(\\bgh_.*)\n```/.exec(page)![1]!);

describe('What docs/api-keys.md tells scanners', () => {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const isKey = new Function('require', `${code}; return isGatehouseKey;`)(require) as (
    text: string,
  ) => boolean;

  it('finds every key, and nothing that merely looks like one', () => {
    for (let count = 0; count < 200; count += 1) {
      const { text } = issueCredential('gh', uuidV7(), uuidV7());
      expect(pattern.exec(`KEY="${text}"`)![0]).toBe(text);
      expect(isKey(text)).toBe(true);
      expect(isKey(text.slice(0, 60) + (text[60] === 'x' ? 'y' : 'x') + text.slice(61))).toBe(false);
    }
  });
});
