import type { Attribute, ResourceSchema, Target } from './schema';
import { spelling } from './schema';

/** One value of a row. Names in SQL come from the schema table, never from a request. */
export interface Expression {
  readonly kind: 'text' | 'boolean' | 'dateTime' | 'id';
  readonly sql: string;
  /**
   * The text in lower case, as a column with collation "C" that an index covers. Row-level security allows index
   * searches only with leakproof operators, which lower() is not.
   */
  readonly key?: string;
  /** Never null, so that order need not ask for nulls. */
  readonly always?: true;
  /** A select of the ids of the few rows where this is exactly the key, in lower case unless caseExact. */
  ids?(parameter: () => string): string;
}

/** The values of a multi-valued attribute, as rows of their own. */
export interface Elements {
  readonly kind: 'elements';
  /** The content of FROM. */
  readonly from: string;
  /** What ties these rows to the resource's. */
  readonly where?: string;
  /** ORDER BY of the elements: the primary one first, else the first (RFC 7644 section 3.4.2.3). */
  readonly order: string;
  part(sub: Attribute): Expression;
  /**
   * A condition on the resource's row, served by an index, that holds at least wherever an element equals the key in
   * this sub-attribute. `parameter` returns the SQL behind the equals sign. Undefined when there is none for this
   * sub-attribute.
   */
  among?(part: Attribute, parameter: () => string): string | undefined;
  /** A select of the different ids of those rows, where they are few: then they are read by these, and no others. */
  ids?(part: Attribute, parameter: () => string): string | undefined;
  /** As `among`, where such a condition holds nowhere else either: then no element needs to be looked at. */
  exactly?(part: Attribute, parameter: () => string): string | undefined;
}

/** Where the attributes of a resource type stand in the database. */
export interface SqlAttributes {
  /** Undefined: nowhere as a whole; its parts may. */
  of(target: Target): Expression | Elements | undefined;
}

/**
 * The SQL of every attribute of a schema: from `places` by canonical name (`userName`, `name.givenName`,
 * `urn:…:User:manager.value`), all others from the jsonb column `document`.
 */
export function sqlAttributes(
  schema: ResourceSchema,
  document: string,
  places: ReadonlyMap<string, Expression | Elements>,
): SqlAttributes {
  const known = new Map(places);
  const inDocument = (target: Target): Expression | Elements | undefined => {
    const { schema: urn, attribute, sub } = target;
    const path = [...(urn === undefined ? [] : [urn]), attribute.name];
    const inner = (sub ?? attribute).type;
    if (attribute.multiValued) {
      const values = `coalesce(${document} #> ${pathOf(path)}, '[]')`;
      return sub ? undefined : elementsOf(values);
    }
    if (inner === 'complex') return undefined;
    return valueOf(sub ?? attribute, `(${document} #>> ${pathOf([...path, ...(sub ? [sub.name] : [])])})`);
  };
  return {
    of(target) {
      const name = spelling(target);
      if (!known.has(name) && isOfClient(schema, target)) {
        const place = inDocument(target);
        if (place) known.set(name, place);
      }
      return known.get(name);
    },
  };
}

/** The elements of a jsonb array of complex values. */
export function elementsOf(array: string): Elements {
  return {
    kind: 'elements',
    from: `jsonb_array_elements(${array}) with ordinality as element (value, place)`,
    order: `(element.value ->> 'primary') = 'true' desc nulls last, element.place`,
    part: (sub) => valueOf(sub, `(element.value ->> '${sub.name}')`),
  };
}

function valueOf({ type }: Attribute, sql: string): Expression {
  return type === 'boolean' ? { kind: 'boolean', sql: `${sql}::boolean` } : { kind: 'text', sql };
}

/** What only the server knows is not in the document. */
function isOfClient({ core, extensions }: ResourceSchema, { schema, attribute }: Target): boolean {
  if (attribute.mutability === 'readOnly') return false;
  const attributes =
    schema === undefined ? core.attributes : extensions.find(({ id }) => id === schema)?.attributes;
  return attributes?.includes(attribute) ?? false;
}

function pathOf(names: readonly string[]): string {
  return `'{${names.map((name) => `"${name}"`).join(',')}}'`;
}
