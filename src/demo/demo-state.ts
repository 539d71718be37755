import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../config/make-directory';

/** What the demo made in the database, and what of it cannot be read back from there. */
export interface Furnished {
  workspaceId: string;
  samlConnectionId: string;
  oidcConnectionId: string;
  scimToken: string;
}

interface Remembered {
  password: string;
  oidcClient: { id: string; secret: string };
  oidcPort?: number;
  samlPort?: number;
  furnished?: Furnished;
}

/** What the demo remembers from start to start, in `DATA_DIR/demo`: ports, keys and credentials of its own. */
export class DemoState {
  private constructor(
    private readonly directory: string,
    private readonly remembered: Remembered,
  ) {}

  static load(dataDir: string, password: string): DemoState {
    const directory = join(dataDir, 'demo');
    makeDirectory(directory, 0o700);
    const file = join(directory, 'state.json');
    const remembered = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Remembered)
      : { password, oidcClient: { id: 'gatehouse-demo', secret: randomBytes(32).toString('base64url') } };
    return new DemoState(directory, remembered);
  }

  get current(): Readonly<Remembered> {
    return this.remembered;
  }

  remember(news: Partial<Remembered>): void {
    Object.assign(this.remembered, news);
    const text = JSON.stringify(this.remembered, null, 2);
    writeFileSync(join(this.directory, 'state.json'), text, { mode: 0o600 });
  }

  /** Where one of the demo's programs keeps its keys. */
  keyFile(program: string): string {
    return join(this.directory, `${program}.json`);
  }
}
