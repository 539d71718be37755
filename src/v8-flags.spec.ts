import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { earlyCompilation, STEADY_MEMORY, YOUNG_AT_BIRTH } from './v8-flags';

describe('The flags of the engine', () => {
  it('name nothing that this V8 does not know', async () => {
    const flags = [...earlyCompilation(process.versions.v8), STEADY_MEMORY, YOUNG_AT_BIRTH];
    const { stdout } = await promisify(execFile)(process.execPath, ['--v8-options']);
    for (const flag of flags) expect(stdout).toContain(`${flag.replace(/=.*/, '').replace('--no-', '--')} (`);
  });

  it('leave the budget of bytes to the line of Node that has one', () => {
    expect(earlyCompilation('11.3.244.8-node.33')).toContain('--interrupt-budget=20000');
    for (const later of ['12.4.254.21-node.22', '13.6.233.17-node.53'])
      expect(earlyCompilation(later)).toEqual(['--always-sparkplug']);
  });
});
