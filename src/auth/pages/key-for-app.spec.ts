import jsQR from 'jsqr';
import { keyForApp } from './key-for-app';

const PIXELS = 4;

/** What a scanner sees of the picture: its dark squares on a light ground. */
function scanned(page: string): string | undefined {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(page)![1]);
  const width = size * PIXELS;
  const image = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y] of page.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = Number(y) * PIXELS; row < (Number(y) + 1) * PIXELS; row += 1) {
      for (let column = Number(x) * PIXELS; column < (Number(x) + 1) * PIXELS; column += 1) {
        image.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
      }
    }
  }
  return jsQR(image, width, width)?.data;
}

describe('The key for an authenticator app', () => {
  it.each(['Acme', 'Żółć & Söhne — a workspace with a name as long as the names of workspaces may become'])(
    'is scanned as it is typed and opened, for %s',
    (workspace) => {
      const otpauthUrl = `otpauth://totp/${encodeURIComponent(`${workspace}:ada@acme.test`)}?secret=JBSWY3DPEHPK3PXP&issuer=${encodeURIComponent(workspace)}`;
      const { text } = keyForApp({ id: '1', type: 'totp', secret: 'JBSWY3DPEHPK3PXP', otpauthUrl });
      expect(scanned(text)).toBe(otpauthUrl);
      expect(text).toContain('<code>JBSW Y3DP EHPK 3PXP</code>');
      expect(text).toContain(`href="${otpauthUrl.replaceAll('&', '&#38;')}"`);
    },
  );
});
