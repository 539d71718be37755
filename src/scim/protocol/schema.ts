/** The data types of RFC 7643 section 2.3 that this server's schemas use. */
export type AttributeType = 'string' | 'boolean' | 'dateTime' | 'reference' | 'binary' | 'complex';

/** One attribute and its characteristics (RFC 7643 section 7). */
export interface Attribute {
  name: string;
  type: AttributeType;
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact: boolean;
  mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  returned: 'always' | 'default' | 'request';
  uniqueness: 'none' | 'server' | 'global';
  canonicalValues?: string[];
  referenceTypes?: string[];
  subAttributes?: Attribute[];
  /** Ours, not the RFC's: the longest text taken. Not part of /Schemas. */
  maxLength: number;
}

export interface Schema {
  id: string;
  name: string;
  description: string;
  attributes: Attribute[];
}

/** A name as a client wrote it: `urn:…:User:name.familyName` in its three parts. */
export interface AttributeName {
  schema?: string;
  attribute: string;
  sub?: string;
}

/** The attribute that a name refers to. `schema` is set for attributes of an extension. */
export interface Target {
  schema?: string;
  attribute: Attribute;
  sub?: Attribute;
}

const USUAL_LENGTH = 2_048;
const BINARY_LENGTH = 16_384;

/** Describes an attribute; what is not said has the defaults of RFC 7643 section 2.2. */
export function attribute(
  name: string,
  description: string,
  characteristics: Partial<Omit<Attribute, 'name' | 'description'>> = {},
): Attribute {
  return {
    name,
    type: characteristics.subAttributes ? 'complex' : 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    maxLength: characteristics.type === 'binary' ? BINARY_LENGTH : USUAL_LENGTH,
    ...characteristics,
  };
}

type Section = readonly [urn: string | undefined, attributes: readonly Attribute[]];

/** The schemas of one resource type and the way from a client's spelling to an attribute. */
export class ResourceSchema {
  /** The attributes of the core schema, and those of each extension under its URN. */
  readonly sections: readonly Section[];
  private readonly urns: ReadonlyMap<string, string>;

  constructor(
    readonly core: Schema,
    readonly extensions: readonly Schema[],
    /** Attributes every resource has (RFC 7643 section 3.1): id, externalId, meta. */
    common: readonly Attribute[],
    /** Other spellings of the schemas' URNs, in lower case, as older clients send them. */
    aliases: ReadonlyMap<string, string>,
  ) {
    this.sections = [
      [undefined, [...common, ...core.attributes]],
      ...extensions.map(({ id, attributes }): Section => [id, attributes]),
    ];
    this.urns = new Map([...aliases, ...this.schemas.map(({ id }) => [id.toLowerCase(), id] as const)]);
  }

  get schemas(): readonly Schema[] {
    return [this.core, ...this.extensions];
  }

  /** The URN a client meant, spelled as this server spells it. Undefined: not a schema of this resource. */
  canonicalUrn(urn: string): string | undefined {
    return this.urns.get(urn.toLowerCase());
  }

  /** Finds the attribute a name stands for. Names compare without case; unqualified names reach extensions too. */
  resolve(name: AttributeName): Target | undefined {
    const urn = name.schema === undefined ? undefined : this.canonicalUrn(name.schema);
    if (name.schema !== undefined && urn === undefined) return undefined;

    for (const [extension, attributes] of this.sections) {
      if (urn !== undefined && urn !== (extension ?? this.core.id)) continue;
      const found = named(attributes, name.attribute);
      if (!found) continue;
      const sub = name.sub === undefined ? undefined : named(found.subAttributes ?? [], name.sub);
      if (name.sub !== undefined && !sub) return undefined;
      return { ...(extension !== undefined && { schema: extension }), attribute: found, ...(sub && { sub }) };
    }
    return undefined;
  }
}

const indexes = new WeakMap<readonly Attribute[], ReadonlyMap<string, Attribute>>();

/** The attribute of that name in a list, compared without case. */
export function named(attributes: readonly Attribute[], name: string): Attribute | undefined {
  let index = indexes.get(attributes);
  if (!index) {
    // Of two of one name the first counts.
    index = new Map([...attributes].reverse().map((one) => [one.name.toLowerCase(), one]));
    indexes.set(attributes, index);
  }
  return index.get(name.toLowerCase());
}

/** The canonical name of a target, by which filters and projections compare targets. */
export function spelling({ schema, attribute, sub }: Target): string {
  return `${schema ? `${schema}:` : ''}${attribute.name}${sub ? `.${sub.name}` : ''}`;
}
