import '../../src/app.module';
import { getMetadataStorage } from 'class-validator';

interface Rule {
  readonly propertyName: string;
  readonly type: string;
  readonly name?: string;
  readonly each: boolean;
}

/** class-validator takes a list for what is declared as one object, and looks at its items: then no rule holds for it. */
describe('A part of a body that is one object', () => {
  it('is declared as no list wherever it is', () => {
    const { validationMetadatas } = getMetadataStorage() as unknown as {
      validationMetadatas: ReadonlyMap<{ name: string }, readonly Rule[]>;
    };
    const parts = [...validationMetadatas].flatMap(([dto, rules]) =>
      rules
        .filter(({ type, each }) => type === 'nestedValidation' && !each)
        .map(({ propertyName }) => ({
          part: `${dto.name}.${propertyName}`,
          isObject: rules.some((rule) => rule.propertyName === propertyName && rule.name === 'isObject'),
        })),
    );
    expect(parts.length).toBeGreaterThan(15);
    expect(parts.filter(({ isObject }) => !isObject)).toEqual([]);
  });
});
