import { parseArgs } from 'node:util';

export interface Command {
  /** Shown on `--help`, and for words that the command does not know: then nothing is done, as each of them changes something. */
  readonly usage: string;
  /** Flags that it knows, without their dashes. */
  readonly flags?: readonly string[];
  /** What it does; `given` are the flags of this call. */
  readonly work: (given: ReadonlySet<string>) => Promise<void>;
  /** Makes of a failure what an operator can mend. */
  readonly explained?: (failure: unknown) => unknown;
}

/** Runs a command of operators by the words of its call. Exit code 1: it failed, and says why; 2: it was called wrongly. */
export async function runCommand({ usage, flags = [], work, explained }: Command): Promise<void> {
  const given = flagsOf(process.argv.slice(2), ['help', ...flags]);
  if (!given) {
    console.error(usage);
    process.exitCode = 2;
  } else if (given.has('help')) {
    console.log(usage);
  } else {
    await work(given).catch((thrown: unknown) => {
      const failure = explained ? explained(thrown) : thrown;
      console.error(failure instanceof Error ? failure.message : failure);
      process.exit(1);
    });
  }
}

/** Undefined when there is a word that is none of these. */
function flagsOf(words: string[], known: readonly string[]): ReadonlySet<string> | undefined {
  const options = Object.fromEntries(known.map((name) => [name, { type: 'boolean' as const }]));
  try {
    return new Set(Object.keys(parseArgs({ args: words, options }).values));
  } catch {
    return undefined;
  }
}
