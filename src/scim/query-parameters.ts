import { badRequest } from './protocol/errors';

/** The query of a request. Names that SCIM does not know, such as the switches of connectors, mean nothing here. */
export type QueryParameters = Record<string, unknown>;

/** One parameter. Throws invalidValue when it is given twice: nobody could tell which was meant. */
export function single(query: QueryParameters, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest('invalidValue', `${name} is given more than once.`);
}
