import { ApiKey } from './api-key.entity';

describe('An API key', () => {
  const noon = new Date('2030-01-01T12:00:00Z');
  const key = (fields: Partial<ApiKey>): ApiKey =>
    Object.assign(new ApiKey(), { expiresAt: null, revokedAt: null }, fields);

  it('is active for ever unless something ends it', () => {
    expect(key({}).status(noon)).toBe('active');
  });

  it('expires at the very moment it says', () => {
    expect(key({ expiresAt: new Date('2030-01-01T12:00:01Z') }).status(noon)).toBe('active');
    expect(key({ expiresAt: noon }).status(noon)).toBe('expired');
  });

  it('is revoked, whatever its expiry', () => {
    expect(key({ expiresAt: noon, revokedAt: noon }).status(noon)).toBe('revoked');
  });
});
