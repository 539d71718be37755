import { mailFailureOf } from './mail-failure';

describe('Why a mail was not taken', () => {
  it.each([
    ['a recipient that nobody is', { command: 'RCPT TO', responseCode: 550 }],
    ['content that is not wanted', { command: 'DATA', responseCode: 554 }],
    ['too large a mail', { command: 'MAIL FROM', responseCode: 552 }],
  ])('is final for %s', (_, refusal) => {
    expect(mailFailureOf(refusal)).toEqual({ code: `smtp_${refusal.responseCode}`, final: true });
  });

  it.each([
    ['TLS', { command: 'MAIL FROM', responseCode: 530 }],
    ['credentials, said at the recipient', { command: 'RCPT TO', responseCode: 530 }],
    ['credentials, said after the content', { command: 'DATA', responseCode: 530 }],
    ['a stronger way to show credentials', { command: 'MAIL FROM', responseCode: 534 }],
    ['other credentials', { command: 'AUTH PLAIN', responseCode: 535 }],
    ['another sender', { command: 'MAIL FROM', responseCode: 550 }],
    ['time', { command: 'RCPT TO', responseCode: 451 }],
  ])('is for the operator to mend while the server wants %s: the mail waits', (_, refusal) => {
    expect(mailFailureOf(refusal)).toEqual({ code: `smtp_${refusal.responseCode}`, final: false });
  });

  it('is a word, never what the server said', () => {
    const thrown = Object.assign(new Error('hush'), { code: 'ECONNREFUSED', command: 'CONN' });
    expect(mailFailureOf(thrown)).toEqual({ code: 'econnrefused', final: false });
    expect(mailFailureOf(undefined)).toEqual({ code: 'unknown', final: false });
  });
});
