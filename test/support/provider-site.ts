import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSelfSignedCertificate } from '../../src/crypto/self-signed-certificate';

interface Page {
  status?: number;
  body: string;
  location?: string;
  /** What happens while somebody waits for it. */
  meanwhile?: () => Promise<unknown>;
}

/** The identity providers' web server: what it answers at each path. Everything else is 404. */
export class ProviderSite {
  readonly pages = new Map<string, Page>();
  readonly asked: string[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      this.asked.push(request.url!);
      const page = this.pages.get(request.url!);
      const { status = 200, body, location, meanwhile }: Page = page ?? { status: 404, body: '' };
      void Promise.resolve(meanwhile?.()).then(() =>
        response.writeHead(status, location ? { location } : {}).end(body),
      );
    });
  }

  static async start(): Promise<ProviderSite> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return new ProviderSite(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Serves the discovery document of an issuer at `path`, and answers the issuer. */
  issuer(path: string, changes: object = {}): string {
    const issuer = this.url + path;
    const document = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      userinfo_endpoint: `${issuer}/userinfo`,
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
      ...changes,
    };
    this.pages.set(`${path}/.well-known/openid-configuration`, { body: JSON.stringify(document) });
    return issuer;
  }

  close(): Promise<unknown> {
    return new Promise((closed) => this.server.close(closed).closeAllConnections());
  }
}

/** A certificate that an identity provider signs with. */
export async function certificateUntil(year: string): Promise<string> {
  const { certificate } = await createSelfSignedCertificate({
    commonName: 'idp.example',
    notBefore: new Date('2019-01-01'),
    notAfter: new Date(`${year}-01-01`),
  });
  return certificate;
}

/** Metadata as identity providers publish it, with one signing certificate (PEM). */
export const idpMetadata = (
  certificate: string,
  entityId = 'https://idp.example/entity',
): string => `<?xml version="1.0"?>
    <EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">
      <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
        <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
          <X509Certificate>${certificate.replace(/-----.*-----|\s/g, '')}</X509Certificate>
        </X509Data></KeyInfo></KeyDescriptor>
        <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/slo"/>
        <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
      </IDPSSODescriptor>
    </EntityDescriptor>`;
