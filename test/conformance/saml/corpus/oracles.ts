import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Profile, SAML } from '@node-saml/node-saml';
import { toBase64 } from '../../../support/saml-documents';
import type { Document, Keys } from './documents';

/** Whether a library that others wrote takes the signatures of a message; what the message says is not asked. */
export type Oracle = (document: Document) => Promise<boolean>;

/** node-saml, told to want what the connection wants. */
export const nodeSaml =
  ({ idp, own }: Keys): Oracle =>
  async ({ xml, signed, trust }) => {
    class SignaturesOnly extends SAML {
      verified = false;

      protected override processValidlySignedAssertionAsync(): Promise<{
        profile: Profile;
        loggedOut: boolean;
      }> {
        this.verified = true;
        return Promise.resolve({ profile: {} as Profile, loggedOut: false });
      }
    }
    const library = new SignaturesOnly({
      callbackUrl: trust.acsUrl,
      issuer: trust.spEntityId,
      idpCert: idp.certificate,
      decryptionPvk: own.privateKey,
      wantAssertionsSigned: signed !== 'response',
      wantAuthnResponseSigned: signed !== 'assertion',
    });
    try {
      await library.validatePostResponseAsync({ SAMLResponse: toBase64(xml) });
    } catch {
      return false;
    }
    return library.verified;
  };

export function hasXmlsec1(): boolean {
  return spawnSync('xmlsec1', ['--version']).status === 0;
}

/**
 * xmlsec1, asked about the signatures of assertions and responses, each where it belongs.
 * @returns those of the documents that it takes
 */
export function takenByXmlsec1(documents: readonly Document[], { idp }: Keys): Set<Document> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-xmlsec1-'));
  const fileOf = new Map(documents.map((document, at) => [document, join(directory, `${at}.xml`)]));
  const certificate = join(directory, 'certificate.pem');
  try {
    writeFileSync(certificate, idp.certificate);
    for (const [{ xml, clear }, file] of fileOf) writeFileSync(file, clear ?? xml);
    const left = (signed: Document['signed'], path: string, among: readonly Document[]) => [
      ...among.filter((document) => document.signed !== signed && document.signed !== 'both'),
      ...verified(
        among.filter((document) => document.signed === signed || document.signed === 'both'),
        (some) =>
          runXmlsec1(
            certificate,
            path,
            some.map((one) => fileOf.get(one) ?? ''),
          ),
      ),
    ];
    const signature = `*[local-name()='Signature']`;
    const assertions = left('assertion', `/*/*[local-name()='Assertion']/${signature}`, documents);
    return new Set(left('response', `/*/${signature}`, assertions));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** It stops at the first that does not verify, so a group that fails is asked about by halves. */
function verified(
  documents: readonly Document[],
  verifies: (some: readonly Document[]) => boolean,
): readonly Document[] {
  if (documents.length === 0 || verifies(documents)) return documents;
  if (documents.length === 1) return [];
  const half = documents.length >> 1;
  return [documents.slice(0, half), documents.slice(half)].flatMap((some) => verified(some, verifies));
}

function runXmlsec1(certificate: string, path: string, files: readonly string[]): boolean {
  const { status } = spawnSync('xmlsec1', [
    ...['--verify', '--enabled-key-data', 'rsa', '--pubkey-cert-pem', certificate],
    ...['--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:assertion:Assertion'],
    ...['--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:protocol:Response'],
    ...['--node-xpath', path, ...files],
  ]);
  return status === 0;
}
