import { Type } from 'class-transformer';
import { IsObject, IsString, ValidateNested } from 'class-validator';
import { readAs } from './validation.pipe';
import { WhenGiven } from './when-given';

class Part {
  @IsString()
  name: string;
}

class Whole extends Part {
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => Part)
  part?: Part;

  @WhenGiven()
  @ValidateNested({ each: true })
  @Type(() => Part)
  parts?: Part[];

  /** Whatever somebody likes to say. */
  @WhenGiven()
  @IsObject()
  anything?: object;
}

describe('An unknown field', () => {
  const read = (text: string) => readAs(Whole, JSON.parse(text) as object);
  const refusal = (field: string) => ({
    extra: { errors: [{ field, message: 'This field is not known here.' }] },
  });

  it.each(['other', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__'])(
    'is refused whatever it is called: %s',
    async (name) => {
      await expect(read(`{"name":"x","${name}":1}`)).rejects.toMatchObject(refusal(name));
      await expect(read(`{"name":"x","part":{"name":"x","${name}":1}}`)).rejects.toMatchObject(
        refusal(`part.${name}`),
      );
      await expect(read(`{"name":"x","parts":[{"name":"x","${name}":1}]}`)).rejects.toMatchObject({
        extra: { errors: [{ message: 'This field is not known here.' }] },
      });
    },
  );

  it('is none where anything may be said', async () => {
    const { anything } = await read('{"name":"x","anything":{"toString":1,"constructor":{"a":2},"b":3}}');
    expect(anything).toMatchObject({ b: 3 });
  });
});
