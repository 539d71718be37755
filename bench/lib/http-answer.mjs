/**
 * The first HTTP/1.1 answer in `received`: {status, body}, or undefined while it is incomplete. Reads no more of HTTP
 * than the servers measured here write: a content-length, or chunks without extensions or trailers.
 */
export function readAnswer(received) {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.latin1Slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  if (status === 204) return { status, body: Buffer.alloc(0) };
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
  const body =
    length === undefined ? chunked(received, headEnd + 4) : fixed(received, headEnd + 4, Number(length));
  return body && { status, body };
}

function fixed(received, start, length) {
  return received.length < start + length ? undefined : received.subarray(start, start + length);
}

function chunked(received, start) {
  const chunks = [];
  for (let at = start; ;) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const length = parseInt(received.latin1Slice(at, lineEnd), 16);
    const next = lineEnd + 2 + length + 2;
    if (received.length < next) return undefined;
    if (length === 0) return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    chunks.push(received.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = next;
  }
}
