import { hash } from 'node:crypto';
import { resolveName } from './attribute-name';
import { readValue } from './coerce';
import { badRequest } from './errors';
import type { ResourceSchema, Target } from './schema';
import type { ScimObject, SentObject } from './scim-value';
import { isComplex, isObject, property, refuseOther } from './scim-value';

/** What the server itself says about a resource. */
export interface ResourceMeta {
  id: string;
  resourceType: string;
  created: Date;
  lastModified: Date;
  location: string;
}

/**
 * Reads the body of a POST or PUT (RFC 7644 sections 3.3 and 3.5.1) and converts names and values to those of the
 * schema. Names are case-insensitive and may be dotted or carry a URN; null counts as missing. Skips unknown and
 * read-only attributes (`id`, `meta`, `groups`, `password`), so that a resource can be sent back as it was read.
 * Throws invalidSyntax when the body is not such a resource or gives an attribute two values under different
 * spellings, and invalidValue for a value of the wrong type.
 */
export function readResource(schema: ResourceSchema, body: unknown): ScimObject {
  if (!isObject(body)) throw badRequest('invalidSyntax', `The body is a ${schema.core.name} resource.`);
  assertSchemas(schema, property(body, 'schemas'));
  const resource: ScimObject = {};
  readInto(resource, schema, body);
  return resource;
}

/** Refuses a resource that lacks what it must have: a required attribute that is absent or blank. */
export function assertComplete(schema: ResourceSchema, resource: ScimObject): void {
  for (const { name, required } of schema.core.attributes) {
    const value = resource[name];
    if (required && (value === undefined || (typeof value === 'string' && value.trim() === ''))) {
      throw badRequest('invalidValue', `${name} is required.`);
    }
  }
}

/** The resource as it is answered: with its schemas, in the order of the schema table, and `meta`. */
export function writeResource(schema: ResourceSchema, resource: ScimObject, meta: ResourceMeta): ScimObject {
  const extensions = schema.extensions.filter(({ id }) => resource[id] !== undefined);
  const names = [
    'externalId',
    ...schema.core.attributes.map(({ name }) => name),
    ...extensions.map(({ id }) => id),
  ];
  const attributes: ScimObject = {};
  for (const name of names) {
    const value = resource[name];
    if (value !== undefined) attributes[name] = value;
  }
  return {
    schemas: [schema.core.id, ...extensions.map(({ id }) => id)],
    id: meta.id,
    ...attributes,
    meta: {
      resourceType: meta.resourceType,
      created: meta.created.toISOString(),
      lastModified: meta.lastModified.toISOString(),
      location: meta.location,
      version: versionOf(meta.id, attributes),
    },
  };
}

/** A weak entity tag (RFC 7644 section 3.14): the same for as long as the resource says the same. */
function versionOf(id: string, attributes: ScimObject): string {
  const digest = hash('sha256', JSON.stringify([id, attributes]), 'base64url');
  return `W/"${digest.slice(0, 22)}"`;
}

/** `schemas` may be missing and may name more than this server knows, but must not speak of something else. */
function assertSchemas(schema: ResourceSchema, schemas: unknown): void {
  if (schemas === undefined || schemas === null) return;
  if (!Array.isArray(schemas) || !schemas.every((urn) => typeof urn === 'string')) {
    throw badRequest('invalidSyntax', 'schemas is a list of URNs.');
  }
  if (schemas.length > 0 && !schemas.some((urn) => schema.canonicalUrn(urn) !== undefined)) {
    throw badRequest('invalidSyntax', `schemas names ${schema.core.id}.`);
  }
}

function readInto(resource: ScimObject, schema: ResourceSchema, sent: SentObject, urn?: string): void {
  for (const [key, part] of Object.entries(sent)) {
    const section = urn === undefined ? schema.canonicalUrn(key) : undefined;
    if (section !== undefined) {
      if (isObject(part)) readInto(resource, schema, part, section);
      else if (part !== null) throw badRequest('invalidValue', `${section} is an object.`);
      continue;
    }
    const target = resolveName(schema, urn === undefined ? key : `${urn}:${key}`);
    if (target && target.attribute.mutability !== 'readOnly') readAt(resource, target, part);
  }
}

function readAt(resource: ScimObject, { schema, attribute, sub }: Target, sent: unknown): void {
  const value = readValue(attribute, sub ? { [sub.name]: sent } : sent);
  if (value === undefined) return;
  const held = schema === undefined ? resource : (resource[schema] ??= {});
  if (!isComplex(held)) return;
  const was = held[attribute.name];
  if (!isComplex(was) || !isComplex(value)) {
    refuseOther(attribute.name, was, value);
    held[attribute.name] = value;
    return;
  }
  // Sub-attributes may also come separately: `name.givenName` beside `name`.
  for (const [part, one] of Object.entries(value)) refuseOther(`${attribute.name}.${part}`, was[part], one);
  held[attribute.name] = { ...was, ...value };
}
