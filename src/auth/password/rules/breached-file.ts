import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** Longer than any line: a hash, a colon, a count. */
const PIECE = 128;

/**
 * A list of breached passwords on the disk of the operator, as the Pwned Passwords downloader writes it: lines of
 * `SHA-1 in hex:count`, sorted. Looked into by halving, so that it may be of any size.
 */
export class BreachedFile {
  private constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {}

  /** Throws when the file cannot be read, or its first line is no such line. */
  static async open(path: string): Promise<BreachedFile> {
    const file = await open(path, 'r');
    const { size } = await file.stat();
    const breached = new BreachedFile(file, size);
    if (!(await breached.lineAfter(0))) {
      await file.close();
      throw new Error('The first line is not of the form SHA-1:count.');
    }
    return breached;
  }

  /** How often the password was found in breaches. */
  async countOf(password: string): Promise<number> {
    const wanted = createHash('sha1').update(password).digest('hex').toUpperCase();
    // Of the lines that begin in [from, to), one may be the wanted.
    let [from, to] = [0, this.size];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const line = await this.lineAfter(middle);
      if (!line || line.start >= to) {
        if (middle === from) return 0;
        to = middle;
      } else if (line.hash === wanted) return line.count;
      else if (line.hash < wanted) from = line.end;
      else to = middle;
    }
    return 0;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** The first line that begins at this offset or after it. */
  private async lineAfter(
    offset: number,
  ): Promise<{ start: number; end: number; hash: string; count: number } | undefined> {
    // From one byte before: a line begins here when a line ends there.
    const position = Math.max(0, offset - 1);
    const { buffer, bytesRead } = await this.file.read(Buffer.alloc(PIECE), 0, PIECE, position);
    const piece = buffer.toString('latin1', 0, bytesRead);
    const start = offset === 0 ? 0 : piece.indexOf('\n') + 1;
    if (offset > 0 && start === 0) return undefined;
    const line = /^([0-9A-F]{40}):(\d+)(?:\r?\n|$)/i.exec(piece.slice(start));
    if (!line) return undefined;
    return {
      start: position + start,
      end: position + start + line[0].length,
      hash: line[1]!.toUpperCase(),
      count: Number(line[2]),
    };
  }
}
