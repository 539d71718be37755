import { Invitation } from './invitation.entity';
import { invitationMail } from './invitation-mail';

describe('An invitation', () => {
  const noon = new Date('2030-01-01T12:00:00Z');
  const invitation = (fields: Partial<Invitation> = {}): Invitation =>
    Object.assign(
      new Invitation(),
      { expiresAt: new Date('2030-01-08T12:00:00Z'), acceptedAt: null, revokedAt: null },
      fields,
    );

  it('is pending until it is accepted, revoked or too old', () => {
    expect(invitation().status(noon)).toBe('pending');
    expect(invitation({ expiresAt: noon }).status(noon)).toBe('expired');
    expect(invitation({ expiresAt: noon, revokedAt: noon }).status(noon)).toBe('revoked');
    expect(invitation({ expiresAt: noon, acceptedAt: noon }).status(noon)).toBe('accepted');
  });

  it('is mailed with a link that starts at the public address and a name that stays text', () => {
    const mail = invitationMail({
      to: 'ada@acme.test',
      workspace: { name: 'A<b>cme', slug: 'acme' },
      role: 'editor',
      invitedBy: { name: 'Bob', email: 'bob@acme.test' },
      expiresAt: new Date('2030-01-08T12:00:00Z'),
      link: 'https://id.example.com/invitation?token=ghi_abc',
    });
    expect(mail.to).toBe('ada@acme.test');
    expect(mail.text).toContain('https://id.example.com/invitation?token=ghi_abc');
    expect(mail.text).toContain('Bob (bob@acme.test) invites you to join A<b>cme as editor.');
    expect(mail.html.text).toContain('href="https://id.example.com/invitation?token=ghi_abc"');
    expect(mail.html.text).not.toContain('<b>');
    expect(mail.html.text).toContain('8 January 2030');
  });
});
