import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Config } from '../config/config';
import { withProtocolAnswers } from './protocol-answers';
import { withRequestExamples } from './request-examples';
import { withIdempotencyKeys } from './idempotency-keys';
import { withCommonProblems } from './common-problems';
import { withRouteProblems } from './route-problems';
import { withValidationRules } from './validation-rules';

const DESCRIPTION = `Every call answers errors as \`application/problem+json\` with a stable \`code\`, of which
\`docs/problems.md\` of this service lists all; SCIM calls answer SCIM errors. People send \`Authorization: Bearer\` with an access token of \`POST /v1/auth/login\`, programs send
\`x-api-key\`, directories send \`Authorization: Bearer\` with a SCIM token. Whoever signed in at \`/login\` tries calls
from this page without any. A \`POST\` with an \`Idempotency-Key\` may be sent again, and is done once.`;

/** In the order of the document: from coming in to looking back. */
const CHAPTERS: readonly (readonly [name: string, about: string])[] = [
  ['Signing in', 'With a password, or by finding out which identity provider leads in'],
  ['Second factors', 'What people prove beside a password'],
  ['Browser sign-in', 'Where browsers go to and come back from identity providers'],
  ['Sessions', 'Who is signed in where, and signing them out'],
  ['Tokens', 'Renewing, exchanging and verifying tokens'],
  ['Gateways', 'Who is asking, and may they? For services that stand before the product'],
  ['Workspace', 'The workspaces of the caller, their names and their policy'],
  ['Members', 'The people of the workspace'],
  ['Large changes', 'What touches so many members that it is done in pieces, and how far it has come'],
  ['Invitations', 'Asking people in by mail'],
  ['Access reviews', 'Looking through who has access, and a signed result'],
  ['Roles', 'What each role may do'],
  ['API keys', 'Credentials of programs'],
  ['Leaked API keys', 'For whoever finds a key where it should not be'],
  ['Connections', 'Trusting an identity provider'],
  ['Domains', 'Proving whose addresses are whose'],
  ['Role mappings', 'Which groups of an identity provider or directory give which role'],
  ['SCIM tokens', 'Credentials of directories'],
  ['SCIM clients', 'Directories that sign in by OAuth client credentials (RFC 6749 section 4.4)'],
  ['Directory', 'What the directory does, and what of it waits for an admin'],
  ['SCIM 2.0', 'What directories call (RFC 7643, RFC 7644)'],
  ['Secrets', 'Values stored encrypted; each look at one is on record'],
  ['Audit', 'What happened, who did it, and where that is sent'],
  ['Operations', 'For probes and scrapers'],
];

/** The OpenAPI 3.1 document at /docs/openapi.json and Swagger UI at /docs. */
export async function serveOpenApi(app: NestFastifyApplication, config: Config): Promise<void> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(config.publicUrl)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key' }, 'apiKey')
    .addSecurity('scimToken', { type: 'http', scheme: 'bearer' })
    .addSecurity('scimClient', {
      type: 'oauth2',
      flows: {
        clientCredentials: {
          tokenUrl: `${config.publicUrl}/oauth/token`,
          scopes: {
            read: 'Look at users and groups',
            users: 'Look at users and change them',
            groups: 'Look at groups and change them',
          },
        },
      },
    })
    .addSecurity('globalTokenRevocation', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  for (const [name, about] of CHAPTERS) builder.addTag(name, about);
  const document = (): OpenAPIObject =>
    [
      withRouteProblems,
      withCommonProblems,
      withIdempotencyKeys,
      withRequestExamples,
      withProtocolAnswers,
    ].reduce(
      (said, more) => more(said),
      withValidationRules(SwaggerModule.createDocument(app, builder.build()), app),
    );
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs/openapi.json',
    swaggerOptions: { persistAuthorization: true },
  });
}
