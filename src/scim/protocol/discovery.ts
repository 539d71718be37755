import { MAX_PAGE, USUAL_PAGE } from './paging';
import type { Attribute, ResourceSchema, Schema } from './schema';

/** A document with an address of its own. */
export interface DiscoveryDocument {
  id: string;
  [attribute: string]: unknown;
}

/** Limits of a bulk request. MAX_PAYLOAD (bytes) is also the limit of every other body. */
export const MAX_BULK_OPERATIONS = 1_000;
export const MAX_PAYLOAD = 1_048_576;

/** How long a cursor can be gone on with; every page hands out new ones. */
export const CURSOR_SECONDS = 3_600;

const SCHEMA_URN = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

/** What this server can do (RFC 7643 section 5), for connectors that ask before they start. */
export function serviceProviderConfig(baseUrl: string): object {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: MAX_BULK_OPERATIONS, maxPayloadSize: MAX_PAYLOAD },
    filter: { supported: true, maxResults: MAX_PAGE },
    changePassword: { supported: false },
    sort: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: USUAL_PAGE,
      maxPageSize: MAX_PAGE,
      cursorTimeout: CURSOR_SECONDS,
    },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A SCIM token of the workspace, made under /v1/scim/tokens.',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
      {
        type: 'oauth2',
        name: 'OAuth 2.0 client credentials',
        description:
          'A client of the workspace, made under /v1/scim/clients, that gets its tokens at /oauth/token.',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.4',
        primary: false,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

/** RFC 7643 section 6. */
export function resourceTypeDocument(
  { name, endpoint, schema }: { name: string; endpoint: string; schema: ResourceSchema },
  baseUrl: string,
): DiscoveryDocument {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: name,
    name,
    endpoint,
    description: schema.core.description,
    schema: schema.core.id,
    schemaExtensions: schema.extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${name}` },
  };
}

/** RFC 7643 section 7: the very table by which bodies are read, so the two cannot disagree. */
export function schemaDocument(schema: Schema, baseUrl: string): DiscoveryDocument {
  return {
    schemas: [SCHEMA_URN],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: schema.attributes.map(shown),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` },
  };
}

/** Every schema of a resource type. */
export function schemaDocuments(resource: ResourceSchema, baseUrl: string): DiscoveryDocument[] {
  return resource.schemas.map((schema) => schemaDocument(schema, baseUrl));
}

function shown({ maxLength: _ours, subAttributes, ...attribute }: Attribute): object {
  return { ...attribute, ...(subAttributes && { subAttributes: subAttributes.map(shown) }) };
}
