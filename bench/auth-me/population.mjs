/** Both sides hold the same number of people, each with one session and one API key. */
export const WORKSPACES = 100;
export const PEOPLE_PER_WORKSPACE = 200;
export const PEOPLE = WORKSPACES * PEOPLE_PER_WORKSPACE;

/** Credentials that take turns in the load. */
export const ROTATING = 200;
/** Further ones, each revoked once while the load runs, and then expected to be refused. */
export const TO_REVOKE = 100;
export const TESTED = ROTATING + TO_REVOKE;

/** Connections to PostgreSQL of each server: Gatehouse's default. */
export const POOL_SIZE = 10;

/** A raw HTTP/1.1 GET request. */
export function getRequest(path, headers) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`;
}
