import { connect } from 'node:net';
import { readAnswer } from './http-answer.mjs';

/** One keep-alive connection that asks, waits for the answer, compares it with what is expected and asks again. */
export class KeepAliveConnection {
  /**
   * @param next answers the next {request, body} (Buffers), or undefined when it is over. In place of the expected
   *   body there may be `faultOf(answer)`, which answers what is wrong with an answer.
   * @param onAnswer (milliseconds, fault?, answer) after each answer
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
    const answer = readAnswer(this.received);
    if (!answer) return;
    this.received = undefined;
    const milliseconds = performance.now() - this.askedAt;
    const fault = this.current.faultOf ? this.current.faultOf(answer) : faultOf(answer, this.current.body);
    this.onAnswer(milliseconds, fault, answer);
    this.ask();
  }
}

function faultOf({ status, body }, expected) {
  if (status !== 200) return `${status} instead of 200`;
  return body.equals(expected) ? undefined : `another body than expected: ${body.utf8Slice().slice(0, 200)}`;
}
