import { withoutSpareSlashes } from './spare-slashes';

describe('Below the base URL of SCIM', () => {
  it.each([
    ['/scim/v2/Users/', '/scim/v2/Users'],
    ['/scim/v2//Users', '/scim/v2/Users'],
    ['/scim/v2///Users//4711//', '/scim/v2/Users/4711'],
    ['/scim/v2/Users/?filter=a//b/', '/scim/v2/Users?filter=a//b/'],
    ['/scim/v2//Users?', '/scim/v2/Users?'],
    ['/scim/v2/', '/scim/v2'],
  ])('slashes that say nothing are passed over: %s', (sent, read) => {
    expect(withoutSpareSlashes(sent)).toBe(read);
  });

  it.each([
    '/scim/v2/Users',
    '/scim/v2/Users?filter=userName eq "a//"',
    '/scim/v2/Users%2F',
    '/scim//v2/Users',
    '//scim/v2/Users',
    '/scim/v2x//Users/',
    '/v1//members/',
    '/',
  ])('nothing else is, and nothing elsewhere: %s', (sent) => {
    expect(withoutSpareSlashes(sent)).toBe(sent);
  });
});
