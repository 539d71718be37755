import { badRequest } from './protocol/errors';

/** The query of a request. Names that SCIM does not know, such as the switches of connectors, mean nothing here. */
export type QueryParameters = Record<string, unknown>;

/**
 * One parameter, in whatever case its name is written, like all names here: a filter that is passed over would find
 * everybody. Throws invalidValue when it is given twice: nobody could tell which was meant.
 */
export function single(query: QueryParameters, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const [given, ...others] = Object.keys(query).filter((key) => key.toLowerCase() === wanted);
  const value = given === undefined ? undefined : query[given];
  if (others.length === 0 && (value === undefined || typeof value === 'string')) return value;
  throw badRequest('invalidValue', `${name} is given more than once.`);
}
