import { createHash, createPublicKey, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TRUST } from './fixtures.mjs';

/** The modules of a build, in a process that is set up as the service sets up its own: see src/v8-flags.ts. */
function serviceAt(gatehouse) {
  const require = createRequire(join(gatehouse, 'package.json'));
  require('./dist/src/v8-flags.js');
  return require;
}

/**
 * Each contender answers `validate(base64)`: the subject of a good response, an error or nothing for a bad one. What
 * each really checks is said by its name in the report.
 */
export const CONTENDERS = {
  async gatehouse({ gatehouse, fixtures }) {
    const require = serviceAt(gatehouse);
    const { examine } = require('./dist/src/auth/saml/protocol/examination.js');
    const terms = {
      ...TRUST,
      now: fixtures.now,
      certificates: [fixtures.certificate],
      signed: 'both',
      decryption: { keys: [], allowWeak: false },
    };
    return (samlResponse) => examine({ samlResponse }, terms).claims?.nameId;
  },

  async 'gatehouse in worker'({ gatehouse, fixtures }) {
    const require = serviceAt(gatehouse);
    const { SamlVerification } = require('./dist/src/auth/saml/worker/saml-verification.service.js');
    const verification = new SamlVerification();
    const connection = {
      ...TRUST,
      id: 'connection',
      certificates: [fixtures.certificate],
      signed: 'both',
      decryptionKeys: [],
      allowWeakEncryption: false,
    };
    return async (posted) => (await verification.response(connection, posted, fixtures.now)).claims?.nameId;
  },

  async 'node-saml'({ fixtures }) {
    const { SAML } = await import('@node-saml/node-saml');
    const library = new SAML({
      callbackUrl: TRUST.acsUrl,
      issuer: TRUST.spEntityId,
      audience: TRUST.spEntityId,
      idpCert: fixtures.certificate,
      wantAssertionsSigned: true,
      wantAuthnResponseSigned: true,
    });
    return async (SAMLResponse) =>
      (await library.validatePostResponseAsync({ SAMLResponse })).profile?.nameID;
  },

  async saml20({ fixtures }) {
    const { default: saml20 } = (await import('@boxyhq/saml20')).default;
    const publicKey = fixtures.certificate.replace(/-----[^-]+-----|\s/g, '');
    const options = { publicKey, audience: TRUST.spEntityId, inResponseTo: TRUST.requestId };
    return async (posted) => {
      const profile = await saml20.validate(Buffer.from(posted, 'base64').toString(), options);
      return profile.claims?.email ?? Object.values(profile.claims ?? {})[0];
    };
  },

  async floor({ fixtures }) {
    const key = createPublicKey(fixtures.certificate);
    const value = Buffer.from(fixtures.floor.value, 'base64');
    const data = Buffer.from('x'.repeat(600));
    return (posted) => {
      const xml = Buffer.from(posted, 'base64');
      for (let signature = 0; signature < 2; signature += 1) {
        createHash('sha256').update(xml).digest();
        if (!verify('sha256', data, key, value)) return undefined;
      }
      return 'ada@acme.test';
    };
  },
};
