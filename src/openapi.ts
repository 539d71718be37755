import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Config } from './config/config';

const DESCRIPTION = `Every call answers errors as \`application/problem+json\` with a stable \`code\`; SCIM calls answer
SCIM errors. People send \`Authorization: Bearer\` with an access token of \`POST /v1/auth/login\`, programs send
\`x-api-key\`, directories send \`Authorization: Bearer\` with a SCIM token.`;

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
    .addSecurity('scimToken', { type: 'http', scheme: 'bearer' });
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, builder.build()), {
    jsonDocumentUrl: 'docs/openapi.json',
    swaggerOptions: { persistAuthorization: true },
  });
}
