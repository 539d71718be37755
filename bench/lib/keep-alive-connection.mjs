import { connect } from 'node:net';

/**
 * One HTTP/1.1 keep-alive connection that asks, waits for the answer, compares it with what is expected and asks
 * again. It reads no more of HTTP than the servers measured here write: a status line and a content-length.
 */
export class KeepAliveConnection {
  /**
   * @param next answers the next {request, body} (Buffers), or undefined when it is over
   * @param onAnswer (milliseconds, fault?) after each answer
   */
  constructor(port, next, onAnswer) {
    this.next = next;
    this.onAnswer = onAnswer;
    this.received = undefined;
    this.over = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
      this.socket.once('error', reject);
      this.socket.once('close', () => reject(new Error('The server closed the connection.')));
    });
    this.socket.once('connect', () => this.ask());
    this.socket.on('data', (chunk) => this.take(chunk));
  }

  ask() {
    this.current = this.next();
    if (!this.current) {
      this.settle();
      this.socket.destroy();
      return;
    }
    this.askedAt = performance.now();
    this.socket.write(this.current.request);
  }

  take(chunk) {
    this.received = this.received ? Buffer.concat([this.received, chunk]) : chunk;
    const headEnd = this.received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.received.latin1Slice(0, headEnd);
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
    const bodyStart = headEnd + 4;
    if (length === undefined || this.received.length < bodyStart + Number(length)) return;
    const answer = this.received;
    this.received = undefined;
    this.onAnswer(performance.now() - this.askedAt, faultOf(head, answer, bodyStart, this.current.body));
    this.ask();
  }
}

function faultOf(head, answer, bodyStart, expected) {
  if (!head.startsWith('HTTP/1.1 200 ')) return `${head.slice(9, 12)} instead of 200`;
  if (answer.compare(expected, 0, expected.length, bodyStart) === 0) return undefined;
  return `another body than expected: ${answer.utf8Slice(bodyStart).slice(0, 200)}`;
}
