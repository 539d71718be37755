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

  it.each([' ', '', '\u00a0', 'longer', 'a\nb', 7, null, ['a']])('is never %j', async (name) => {
    await expect(read(name)).rejects.toMatchObject({ extra: { errors: [{ field: 'name' }] } });
  });

  it('may have letters and pictures of any kind', async () => {
    for (const name of ['أكمي', '👩‍💻', 'Ж ж']) expect((await read(name)).name).toBe(name);
  });

  it('is the only line that loses them: what stands in a directory is what it is', async () => {
    expect((await readAs(Called, { name: 'x', line: ' a ' })).line).toBe(' a ');
  });
});
