import qrcode from 'qrcode-generator';
import { type Html, html } from '../../http/html';
import type { Enrolment } from '../factors/enrolment';

type NewApp = Extract<Enrolment, { type: 'totp' }>;

/** What an authenticator app takes a key from: a picture to scan, the key to type, a link for an app on this device. */
export const keyForApp = ({ secret, otpauthUrl }: NewApp): Html => html`
  ${pictureOf(otpauthUrl)}
  <p class="soft after">If you cannot scan it, type this key as a time-based one:</p>
  <p><code>${secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></p>
  <p><a href="${otpauthUrl}">Open in an app on this device</a></p>
`;

/** The margin that scanners need around a QR code (ISO/IEC 18004), in modules. */
const QUIET_ZONE = 4;

/** As drawing, because the policy of our pages lets no image in. Dark on light by night, too: many scanners need it. */
function pictureOf(text: string): Html {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const modules = [...Array(code.getModuleCount()).keys()];
  const dark = modules.flatMap((y) =>
    modules.filter((x) => code.isDark(y, x)).map((x) => `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`),
  );
  const size = modules.length + 2 * QUIET_ZONE;
  return html`<svg
    class="qr"
    role="img"
    aria-label="The key as a QR code"
    viewBox="0 0 ${size} ${size}"
    shape-rendering="crispEdges"
  >
    <rect width="${size}" height="${size}" fill="#fff" />
    <path d="${dark.join('')}" fill="#000" />
  </svg>`;
}
