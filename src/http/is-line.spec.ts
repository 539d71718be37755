import { readAs } from './validation.pipe';
import { IsLine, IsName } from './is-line';

class Called {
  @IsName(5)
  name: string;

  @IsLine(5)
  line: string;
}

describe('A name', () => {
  const read = (name: unknown) => readAs(Called, { name, line: 'x' });

  it.each([' Acme ', '\u00a0Acme\t', '\nAcme\u3000', 'Acme'])(
    'is %j without the blanks around it',
    async (name) => {
      expect((await read(name)).name).toBe('Acme');
    },
  );

  it.each([
    ' ',
    '',
    '\u00a0',
    '\u200b\u200b',
    '\u2060',
    '\u3164',
    '\u2800',
    '\u202e',
    'longer',
    'a\nb',
    7,
    null,
    ['a'],
  ])('is never %j', async (name) => {
    await expect(read(name)).rejects.toMatchObject({ extra: { errors: [{ field: 'name' }] } });
  });

  it('reads as it was written: nothing in it turns letters around', async () => {
    expect((await read('\u202egpj\u202c')).name).toBe('gpj');
    expect((await read('\u2068Acme\u2069')).name).toBe('Acme');
  });

  it('may have letters and pictures of any kind', async () => {
    for (const name of ['أكمي', '👩‍💻', 'Ж ж']) expect((await read(name)).name).toBe(name);
  });

  it('is the only line that loses them: what stands in a directory is what it is', async () => {
    expect((await readAs(Called, { name: 'x', line: ' a ' })).line).toBe(' a ');
  });
});
