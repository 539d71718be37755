import { generateKeyPairSync, sign } from 'node:crypto';
import { Config } from '../../config/config';
import { OutboundClient } from '../../outbound/outbound.client';
import { PartnerSignatures } from './partner-signatures';

const startWith = (keys: string): Promise<void> => {
  const config = new Config({ SECRET_SCANNING_PUBLIC_KEYS: keys });
  return new PartnerSignatures(config, new OutboundClient(config)).onModuleInit();
};
const pem = (key: ReturnType<typeof generateKeyPairSync>['publicKey']): string =>
  (key as unknown as { export(as: object): string }).export({ type: 'spki', format: 'pem' });

describe('The keys of secret scanning partners', () => {
  it('let the service start when they are for ECDSA over P-256', async () => {
    await startWith(pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey));
  });

  it('are waited for by all whose reports come while they are fetched', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const config = new Config({ SECRET_SCANNING_PUBLIC_KEYS: 'https://partner.test/keys' });
    const outbound = new OutboundClient(config);
    const fetched = jest.spyOn(outbound, 'request').mockImplementation(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { status: 200, headers: {}, body: Buffer.from(pem(publicKey)) };
    });
    const signatures = new PartnerSignatures(config, outbound);
    const body = Buffer.from('[]');
    const signature = sign('sha256', body, privateKey).toString('base64');
    const answers = await Promise.all([1, 2, 3].map(() => signatures.isGood(body, 'key', signature)));
    expect(answers).toEqual([true, true, true]);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('are looked for again once a minute for a name that nobody knows, and once an hour for those that are known', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const config = new Config({ SECRET_SCANNING_PUBLIC_KEYS: 'https://partner.test/keys' });
    const outbound = new OutboundClient(config);
    const keys = JSON.stringify({ public_keys: [{ key_identifier: 'known', key: pem(publicKey) }] });
    const fetched = jest
      .spyOn(outbound, 'request')
      .mockResolvedValue({ status: 200, headers: {}, body: Buffer.from(keys) });
    const signatures = new PartnerSignatures(config, outbound);
    const body = Buffer.from('[]');
    const signature = sign('sha256', body, privateKey).toString('base64');
    const begun = Date.now();
    for (const [seconds, id, isGood, times] of [
      [0, 'known', true, 1],
      [60, 'unknown', false, 1],
      [61, 'unknown', false, 2],
      [62, 'unknown', false, 2],
      [61 + 3_600, 'known', true, 2],
      [62 + 3_600, 'known', true, 3],
    ] as const) {
      jest.spyOn(Date, 'now').mockReturnValue(begun + seconds * 1_000);
      expect([seconds, await signatures.isGood(body, id, signature)]).toEqual([seconds, isGood]);
      expect([seconds, fetched.mock.calls.length]).toEqual([seconds, times]);
    }
    jest.restoreAllMocks();
  });

  it.each([
    ['another curve', pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey as never)],
    ['another algorithm', pem(generateKeyPairSync('ed25519').publicKey as never)],
    ['no file', '/no/such/file'],
    ['no keys', '{}'],
  ])('keep it from starting when they are %s', async (_, keys) => {
    await expect(startWith(keys)).rejects.toThrow('SECRET_SCANNING_PUBLIC_KEYS cannot be used');
  });
});
