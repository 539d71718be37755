import { FilterParser, FilterSyntaxError } from './filter';
import type { ResourceSchema, Target } from './schema';

/** What a name in a message or query stands for: `userName`, `name.givenName`, `urn:…:User:department`. */
export function resolveName(schema: ResourceSchema, text: string): Target | undefined {
  try {
    const parser = new FilterParser(text);
    const name = parser.name();
    parser.end();
    return schema.resolve(name);
  } catch (error) {
    if (error instanceof FilterSyntaxError) return undefined; // no attribute is called that
    throw error;
  }
}
