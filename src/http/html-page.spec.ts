import { createHash } from 'node:crypto';
import { html } from './html';
import { renderPage } from './html-page';

describe('A page of ours', () => {
  const { text, headers } = renderPage({ title: 'A < B', body: html`<main>Hello</main>` });
  const policy = headers['content-security-policy']!;

  it('lets the browser use its own style and nothing else', () => {
    const [, style] = /<style>([^]*)<\/style>/.exec(text)!;
    const hash = createHash('sha256').update(style!).digest('base64');
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('escapes its title', () => {
    expect(text).toContain('<title>A &#60; B · Gatehouse</title>');
  });

  it('lets exactly those scripts run that it asks for, in one directive', () => {
    const { text, headers } = renderPage({
      title: 'A',
      body: html`<main></main>`,
      copies: true,
      script: '/login/passkeys.js',
    });
    const hashes = [...text.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) =>
      createHash('sha256').update(script!).digest('base64'),
    );
    expect(hashes).toHaveLength(1);
    // Of a directive that occurs twice, browsers ignore the second.
    expect(headers['content-security-policy']!.match(/script-src [^;]*/g)).toEqual([
      `script-src 'sha256-${hashes[0]}' 'self'`,
    ]);
    expect(policy).not.toContain('script-src');
  });
});
