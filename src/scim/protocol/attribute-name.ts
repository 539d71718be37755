import { FilterParser, FilterSyntaxError } from './filter';
import type { ResourceSchema, Target } from './schema';

/** Names as clients write them: connectors write the same few all day. */
const read = new WeakMap<ResourceSchema, Map<string, Target | undefined>>();
const MOST_REMEMBERED = 500;
const LONGEST_REMEMBERED = 200;

/** Resolves an attribute name from a message or query: `userName`, `name.givenName`, `urn:…:User:department`. */
export function resolveName(schema: ResourceSchema, text: string): Target | undefined {
  let known = read.get(schema);
  if (!known) read.set(schema, (known = new Map<string, Target | undefined>()));
  if (known.has(text)) return known.get(text);
  const target = parse(schema, text);
  if (known.size < MOST_REMEMBERED && text.length <= LONGEST_REMEMBERED) known.set(text, target);
  return target;
}

function parse(schema: ResourceSchema, text: string): Target | undefined {
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
