import { attribute, type AttributeName, type Target } from './schema';
import type { Elements } from './sql-attributes';

/**
 * The attribute `schemas` is in every resource, but in no schema, and is set by the server. Filters may use it (RFC
 * 7644 section 3.4.2.2); its URNs are compared without case.
 */
const SCHEMAS = attribute('schemas', 'The schemas of the resource.', {
  multiValued: true,
  mutability: 'readOnly',
  returned: 'always',
  subAttributes: [
    attribute('value', 'The URN of a schema.', {
      type: 'reference',
      referenceTypes: ['uri'],
      mutability: 'readOnly',
    }),
  ],
});

/** Resolves `schemas` in a filter; undefined for any other name. */
export function schemasNamed({ schema, attribute: name, sub }: AttributeName): Target | undefined {
  const isIt = schema === undefined && sub === undefined && name.toLowerCase() === SCHEMAS.name;
  return isIt ? { attribute: SCHEMAS } : undefined;
}

/** The URNs that resources have, each with the condition under which they do; undefined: all of them. */
export function schemasWhere(conditions: ReadonlyMap<string, string | undefined>): Elements {
  const values = [...conditions].map(([urn, condition]) =>
    condition === undefined ? `('${urn}')` : `(case when ${condition} then '${urn}' end)`,
  );
  return {
    kind: 'elements',
    from: `(values ${values.join(', ')}) as element (value)`,
    where: 'element.value is not null',
    order: 'element.value',
    part: () => ({ kind: 'text', sql: 'element.value' }),
  };
}
