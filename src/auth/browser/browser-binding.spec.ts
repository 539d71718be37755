import { bindBrowser, carriedBy, releaseBrowser, shownBinding } from './browser-binding';

describe('The binding of a sign-in to its browser', () => {
  const [first, second] = ['019ab000-0000-7000-8000-00000000aaaa', '019ab000-0000-7000-8000-00000000bbbb'];
  const sent = (setCookie: string) => setCookie.split(';')[0]!;

  it.each([true, false])('is known again by its cookie (behind TLS: %s)', (secure) => {
    const { setCookie, hash } = bindBrowser(first, secure, 600);
    expect(shownBinding(first, sent(setCookie), secure)).toEqual(hash);
    expect(shownBinding(first, `a=b; ${sent(setCookie)}; c=d`, secure)).toEqual(hash);
  });

  it('is another one for each sign-in', () => {
    const jar = [first, second].map((id) => bindBrowser(id, true, 600));
    const header = jar.map(({ setCookie }) => sent(setCookie)).join('; ');
    expect(shownBinding(first, header, true)).toEqual(jar[0]!.hash);
    expect(shownBinding(second, header, true)).toEqual(jar[1]!.hash);
    expect(shownBinding(second, sent(jar[0]!.setCookie), true)).toBeUndefined();
  });

  it('is not there without a cookie, with an empty one, or with one that plain http could have set', () => {
    const { setCookie } = bindBrowser(first, true, 600);
    expect(shownBinding(first, undefined, true)).toBeUndefined();
    expect(shownBinding(first, sent(releaseBrowser(first, true)), true)).toBeUndefined();
    expect(shownBinding(first, sent(setCookie).replace('__Host-', ''), true)).toBeUndefined();
  });

  it('carries what the sign-in leads to, and vouches for it', () => {
    const { setCookie, hash } = bindBrowser(first, true, 600, '/console/audit?text=%D0%96;a=b');
    expect(carriedBy(first, sent(setCookie), true)).toBe('/console/audit?text=%D0%96;a=b');
    expect(shownBinding(first, sent(setCookie), true)).toEqual(hash);
    const [random] = sent(setCookie).split('.');
    const forged = `${random}.${Buffer.from('/console/members').toString('base64url')}`;
    expect(shownBinding(first, forged, true)).not.toEqual(hash);
    expect(carriedBy(first, sent(bindBrowser(first, true, 600).setCookie), true)).toBeUndefined();
  });

  it('comes back with a post from another site', () => {
    expect(bindBrowser(first, true, 600).setCookie).toMatch(
      /^__Host-.*; Path=\/; HttpOnly; Secure; SameSite=None;/,
    );
    // Browsers refuse SameSite=None without Secure, and let fresh cookies without SameSite travel with posts.
    expect(bindBrowser(first, false, 600).setCookie).not.toMatch(/SameSite|Secure|__Host/);
  });
});
