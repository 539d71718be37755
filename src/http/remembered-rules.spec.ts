import { getMetadataStorage, IsString, Length, validateSync } from 'class-validator';
import { rememberRules } from './remembered-rules';

class Named {
  @IsString()
  name!: unknown;
}

class Titled extends Named {
  @Length(2, 4)
  title!: unknown;
}

const fieldsRefused = (type: new () => object, values: object): string[] =>
  validateSync(Object.assign(new type(), values)).map(({ property }) => property);

describe('rules of a class, once they are remembered', () => {
  const search = jest.spyOn(getMetadataStorage(), 'getTargetValidationMetadatas');

  beforeAll(() => rememberRules());
  beforeEach(() => search.mockClear());

  it('hold for each object, with those that were inherited', () => {
    for (let turn = 0; turn < 2; turn += 1) {
      expect(fieldsRefused(Titled, { name: 1, title: 'x' }).sort()).toEqual(['name', 'title']);
      expect(fieldsRefused(Titled, { name: 'Ada', title: 'Dr' })).toEqual([]);
      expect(fieldsRefused(Named, { name: 1, title: 'x' })).toEqual(['name']);
    }
  });

  it('are looked for once', () => {
    class Seldom extends Titled {}
    fieldsRefused(Seldom, {});
    fieldsRefused(Seldom, { name: 'Ada', title: 'Dr' });
    expect(search).toHaveBeenCalledTimes(1);
  });

  it('are looked for each time where groups are asked for', () => {
    for (let turn = 0; turn < 2; turn += 1) validateSync(new Titled(), { groups: ['some'] });
    expect(search).toHaveBeenCalledTimes(2);
  });

  it('are not kept for an object that says something else is its class', () => {
    const storage = getMetadataStorage();
    const said = { any: 'thing' } as unknown as () => void;
    for (let turn = 0; turn < 2; turn += 1)
      expect(storage.getTargetValidationMetadatas(said, '', false, false)).toEqual([]);
    expect(search).toHaveBeenCalledTimes(2);
  });
});
