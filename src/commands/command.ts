import { parseArgs } from 'node:util';

export interface Command {
  /** Shown on `--help`, and for words that the command does not know: then nothing is done, as each of them changes something. */
  readonly usage: string;
  /** Flags that it knows, without their dashes. */
  readonly flags?: readonly string[];
  /** Whether it knows these words, which are no flags; without this it takes none. */
  readonly takes?: (words: readonly string[]) => boolean;
  /** What it does; `given` are the flags of this call, `words` the others. */
  readonly work: (given: ReadonlySet<string>, words: readonly string[]) => Promise<void>;
  /** Makes of a failure what an operator can mend. */
  readonly explained?: (failure: unknown) => unknown;
}

/** Runs a command of operators by the words of its call. Exit code 1: it failed, and says why; 2: it was called wrongly. */
export async function runCommand({ usage, flags = [], takes, work, explained }: Command): Promise<void> {
  const call = callOf(process.argv.slice(2), ['help', ...flags]);
  if (call?.given.has('help')) {
    console.log(usage);
  } else if (!call || !(takes ? takes(call.words) : call.words.length === 0)) {
    console.error(usage);
    process.exitCode = 2;
  } else {
    await work(call.given, call.words).catch((thrown: unknown) => {
      const failure = explained ? explained(thrown) : thrown;
      console.error(failure instanceof Error ? failure.message : failure);
      process.exit(1);
    });
  }
}

interface Call {
  readonly given: ReadonlySet<string>;
  readonly words: readonly string[];
}

/** Flags come first: a word behind another may begin with a dash. Undefined when there is a flag that is none of these. */
function callOf(all: string[], known: readonly string[]): Call | undefined {
  const first = all.findIndex((word) => !word.startsWith('-'));
  const [args, words] = first < 0 ? [all, []] : [all.slice(0, first), all.slice(first)];
  const options = Object.fromEntries(known.map((name) => [name, { type: 'boolean' as const }]));
  try {
    return { given: new Set(Object.keys(parseArgs({ args, options }).values)), words };
  } catch {
    return undefined;
  }
}
