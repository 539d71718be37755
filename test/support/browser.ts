/**
 * A browser as far as signing in needs one: it keeps cookies, follows redirects and submits forms, and it applies
 * the rules that decide whether a cookie travels (host, path, age, SameSite), without running scripts.
 */
export class Browser {
  private readonly cookies: Cookie[] = [];

  /**
   * Opens a URL and follows redirects. A redirect to a URL that begins with one of `stopAt` is not followed:
   * the page then has that URL, the status of the redirect and no text.
   */
  async open(
    url: string,
    options: { stopAt?: string[]; headers?: Record<string, string> } = {},
  ): Promise<Page> {
    return this.navigate({ method: 'GET', url: new URL(url) }, options);
  }

  /** The value of a cookie that would be sent to this URL, for tests that look at or tamper with it. */
  cookie(url: string, name: string): string | undefined {
    return this.cookiesFor({ method: 'GET', url: new URL(url) }).find((cookie) => cookie.name === name)
      ?.value;
  }

  /** @internal Pages navigate through this. */
  async navigate(first: Navigation, { stopAt = [], headers = {} }: NavigateOptions): Promise<Page> {
    let navigation = first;
    for (let hops = 0; hops < 20; hops += 1) {
      const response = await this.request(navigation, headers);
      const { url } = navigation;
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) {
        return new Page(this, url, response.status, response.headers, await response.text());
      }
      const target = new URL(location, url);
      if (stopAt.some((prefix) => target.href.startsWith(prefix))) {
        return new Page(this, target, response.status, response.headers, '');
      }
      navigation = redirected(navigation, response.status, target);
    }
    throw new Error(`Too many redirects, the last one to ${navigation.url.href}`);
  }

  private async request(navigation: Navigation, headers: Record<string, string>): Promise<Response> {
    const { method, url, form } = navigation;
    const cookies = this.cookiesFor(navigation).map(({ name, value }) => `${name}=${value}`);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'text/html,application/xhtml+xml',
        'user-agent': 'Mozilla/5.0 (test browser)',
        ...headers,
        ...(navigation.from && method === 'POST' && { origin: navigation.from.origin }),
        ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
      },
      ...(form && { body: form }),
    });
    for (const header of response.headers.getSetCookie()) this.store(header, url);
    return response;
  }

  private cookiesFor({ method, url, from }: Navigation): Cookie[] {
    // A site is a host here; ports do not count, as in real browsers.
    const crossSite = from !== undefined && from.hostname !== url.hostname;
    return this.cookies.filter(
      (cookie) =>
        cookie.host === url.hostname &&
        pathMatches(url.pathname, cookie.path) &&
        (!cookie.secure || url.protocol === 'https:' || isLoopback(url.hostname)) &&
        (!crossSite || travelsAcrossSites(cookie, method)),
    );
  }

  private store(header: string, url: URL): void {
    const cookie = parseCookie(header, url);
    const old = this.cookies.findIndex(
      ({ name, host, path }) => name === cookie.name && host === cookie.host && path === cookie.path,
    );
    if (old >= 0) this.cookies.splice(old, 1);
    if (!cookie.expired) this.cookies.push(cookie);
  }
}

/** What the browser shows: the answer at the end of the redirects. */
export class Page {
  constructor(
    private readonly browser: Browser,
    readonly url: URL,
    readonly status: number,
    readonly headers: Headers,
    readonly text: string,
  ) {}

  /**
   * Submits the first form, with its hidden fields and `values`, as a click on one of its buttons would.
   * Throws when there is no form.
   */
  async submit(values: Record<string, string> = {}, options: NavigateOptions = {}): Promise<Page> {
    const form = /<form\b([^>]*)>([^]*?)<\/form>/i.exec(this.text);
    if (!form) throw new Error(`There is no form on ${this.url.href} (status ${this.status}):\n${this.text}`);
    const [, attributes = '', content = ''] = form;
    const target = new URL(attribute(attributes, 'action') ?? this.url.href, this.url);
    const fields = new URLSearchParams({ ...prefilled(content), ...values });
    if (attribute(attributes, 'method')?.toLowerCase() === 'post') {
      return this.browser.navigate({ method: 'POST', url: target, form: fields, from: this.url }, options);
    }
    target.search = fields.toString();
    return this.browser.navigate({ method: 'GET', url: target, from: this.url }, options);
  }

  /** Opens the link whose text contains `text`. */
  async follow(text: string, options: NavigateOptions = {}): Promise<Page> {
    const link = [...this.text.matchAll(/<a\b([^>]*)>([^]*?)<\/a>/gi)].find(([, , label]) =>
      label?.includes(text),
    );
    if (!link) throw new Error(`There is no link "${text}" on ${this.url.href}`);
    const target = new URL(attribute(link[1] ?? '', 'href') ?? '', this.url);
    return this.browser.navigate({ method: 'GET', url: target, from: this.url }, options);
  }
}

interface Navigation {
  method: 'GET' | 'POST';
  url: URL;
  form?: URLSearchParams;
  /** The page that started it; absent when typed into the address bar. */
  from?: URL;
}

interface NavigateOptions {
  stopAt?: string[];
  headers?: Record<string, string>;
}

interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
  secure: boolean;
  sameSite: 'strict' | 'lax' | 'none' | 'unset';
  setAt: number;
  expired: boolean;
}

/** 307 and 308 repeat the request, every other redirect becomes a GET. */
function redirected(navigation: Navigation, status: number, url: URL): Navigation {
  if (status === 307 || status === 308) return { ...navigation, url };
  return { method: 'GET', url, from: navigation.from };
}

function parseCookie(header: string, url: URL): Cookie {
  const [pair = '', ...rest] = header.split(';').map((part) => part.trim());
  const attributes = new Map(
    rest.map((part) => [part.split('=')[0]?.toLowerCase(), part.split('=')[1] ?? '']),
  );
  const [name = '', ...value] = pair.split('=');
  const path = attributes.get('path') ?? defaultPath(url);
  const secure = attributes.has('secure');
  if (name.startsWith('__Host-') && (!secure || path !== '/' || attributes.has('domain'))) {
    throw new Error(`A browser refuses this cookie: ${header}`);
  }
  const maxAge = attributes.get('max-age');
  const expires = attributes.get('expires');
  const expired = maxAge === undefined ? Date.parse(expires ?? '') < Date.now() : Number(maxAge) <= 0;
  const sameSite = (attributes.get('samesite')?.toLowerCase() ?? 'unset') as Cookie['sameSite'];
  if (sameSite === 'none' && !secure) throw new Error(`A browser refuses this cookie: ${header}`);
  return {
    name,
    value: value.join('='),
    host: url.hostname,
    path,
    secure,
    sameSite,
    setAt: Date.now(),
    expired,
  };
}

/** Without the attribute browsers treat a cookie as Lax, but let a fresh one travel with posts too. */
function travelsAcrossSites({ sameSite, setAt }: Cookie, method: Navigation['method']): boolean {
  if (sameSite === 'none') return true;
  if (sameSite === 'strict') return false;
  return method === 'GET' || (sameSite === 'unset' && Date.now() - setAt < 120_000);
}

/** RFC 6265 section 5.1.4: the directory of the page that set it. */
function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/';
}

function pathMatches(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '127.0.0.1';
}

/** The fields a form has before anybody types: not its buttons, of which only a clicked one counts. */
function prefilled(form: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, input = ''] of form.matchAll(/<input\b([^>]*)>/gi)) {
    const name = attribute(input, 'name');
    if (name && attribute(input, 'type') !== 'submit') fields[name] = attribute(input, 'value') ?? '';
  }
  return fields;
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag);
  return value ? decodeEntities(value[1] ?? value[2] ?? '') : undefined;
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex) return String.fromCodePoint(parseInt(hex, 16));
      if (decimal) return String.fromCodePoint(Number(decimal));
      return NAMED[name ?? ''] ?? whole;
    },
  );
}
