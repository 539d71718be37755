// Two directories of two tenants. Told by a message, answers with one.
import saml from '@boxyhq/saml-jackson';
import { polisOptions } from '../../saml-login/polis-options.mjs';

process.on('message', ({ publicUrl, databaseUrl }) => {
  setUp(publicUrl, databaseUrl).then(
    (directories) => process.send({ directories }),
    (error) => process.send({ error: error.stack }),
  );
});

async function setUp(publicUrl, databaseUrl) {
  const { directorySyncController } = await saml.controllers(polisOptions(publicUrl, databaseUrl));
  const directories = [];
  for (const tenant of ['alpha', 'beta']) {
    const { data } = await directorySyncController.directories.create({
      tenant,
      product: 'bench',
      name: tenant,
      type: 'azure-scim-v2',
    });
    directories.push({ tenant, id: data.id, secret: data.scim.secret });
  }
  return directories;
}
