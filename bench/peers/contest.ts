/**
 * One question, put to all that can answer it: everybody has a turn in each round, in random order, and
 * ratios are taken within the round, where a machine that is shared is equally slow for all.
 *
 * @module
 */
import { median, requireSame } from "../pairs.ts";

/** The runtimes that sabmap runs on, in the order of the table's columns. */
export const RUNTIMES = ["deno", "bun", "node"] as const;

/** One of them. */
export type RuntimeName = (typeof RUNTIMES)[number];

/** What one turn gave. */
export interface Sample {
  /** Seconds, or whatever the question is about. */
  readonly value: number;
  /** What it found out, in a form that is the same for all; `undefined` where it finds out nothing. */
  readonly result: string | undefined;
}

/** Somebody who answers a question. */
export interface Contender {
  /** For messages. */
  readonly what: string;
  /** Why it cannot take part here. */
  readonly missing?: string | undefined;
  run(): Sample | Promise<Sample>;
}

/** A row of the table: one program, or the same one on each runtime. */
export interface Rival {
  /** How it is called in the table. */
  readonly label: string;
  /** The same object for all runtimes where it is one program. */
  readonly on: (runtime: RuntimeName) => Contender;
}

/** What is asked. */
export interface Question {
  /** On the command line. */
  readonly name: string;
  /** In the table. */
  readonly title: string;
  readonly ours: (runtime: RuntimeName) => Contender;
  readonly rivals: readonly Rival[];
  /** How a rival is compared: how many times as long it takes, or how much less; or there is only a figure of ours. */
  readonly figure: "times" | "excess" | "own";
  /** Of samples. */
  readonly unit: "s" | "MB";
  /** Called before the first round: makes the input, say, and brings it into the page cache. */
  prepare?(): void | Promise<void>;
  /** Called at the end, however it ended. */
  finish?(): void;
}

/** How long to go on asking. */
export interface Patience {
  /** Rounds that count, at most; 0 only compares the results of the one that does not. */
  readonly rounds: number;
  /** No further round begins after so long, unless there were fewer than {@link ROUNDS_MIN}. */
  readonly seconds: number;
}

/** Fewer have no median to speak of. */
export const ROUNDS_MIN = 3;

/** Values by runtime; absent where they are not to be had. */
export type ByRuntime = Readonly<Partial<Record<RuntimeName, number>>>;

/** What was found out about a rival. */
export interface RivalAnswer {
  readonly label: string;
  /** The figure of the question. */
  readonly figures: ByRuntime;
  /** Median of its own samples. */
  readonly own: ByRuntime;
  /** Why there is nothing, if there is nothing for any runtime. */
  readonly missing: string | undefined;
}

/** What was found out. */
export interface Answer {
  readonly question: Question;
  readonly rounds: number;
  /** Medians of our samples. */
  readonly ours: ByRuntime;
  readonly rivals: readonly RivalAnswer[];
}

type Round = ReadonlyMap<Contender, number>;

/**
 * Asks a question.
 *
 * @throws {WrongResultError} If two contenders found out different things, in any round.
 */
export async function ask(
  question: Question,
  runtimes: readonly RuntimeName[],
  patience: Patience,
): Promise<Answer> {
  const contenders = contendersOf(question, runtimes);
  try {
    await question.prepare?.();
    const rounds = await playRounds(contenders, patience);
    return summarise(question, runtimes, rounds);
  } finally {
    question.finish?.();
  }
}

async function playRounds(
  contenders: readonly Contender[],
  patience: Patience,
): Promise<Round[]> {
  const judge = new Judge();
  await playRound(contenders, judge);
  const rounds: Round[] = [];
  const startedAt = performance.now();
  const isOver = () =>
    rounds.length >= patience.rounds ||
    rounds.length >= ROUNDS_MIN &&
      performance.now() - startedAt >= 1000 * patience.seconds;
  while (!isOver()) rounds.push(await playRound(contenders, judge));
  return rounds;
}

/** Everybody who can take part, each once. */
function contendersOf(
  { ours, rivals }: Question,
  runtimes: readonly RuntimeName[],
): Contender[] {
  const all = runtimes.flatMap((runtime) => [
    ours(runtime),
    ...rivals.map(({ on }) => on(runtime)),
  ]);
  return [...new Set(all)].filter(({ missing }) => missing === undefined);
}

async function playRound(
  contenders: readonly Contender[],
  judge: Judge,
): Promise<Round> {
  const round = new Map<Contender, number>();
  for (const contender of shuffled(contenders)) {
    const { value, result } = await contender.run();
    judge.hear(contender.what, result);
    round.set(contender, value);
  }
  return round;
}

/** Holds what everybody says against what the first one said. */
class Judge {
  #first: { readonly what: string; readonly result: string } | undefined;

  /** @throws {WrongResultError} If it is something else. */
  hear(what: string, result: string | undefined): void {
    if (result === undefined) return;
    this.#first ??= { what, result };
    requireSame(what, result, this.#first.what, this.#first.result);
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const keys = new Map(items.map((item) => [item, Math.random()]));
  const keyOf = (item: T) => keys.get(item) ?? 0;
  return items.toSorted((left, right) => keyOf(left) - keyOf(right));
}

function summarise(
  question: Question,
  runtimes: readonly RuntimeName[],
  rounds: readonly Round[],
): Answer {
  const medians = (
    valueOf: (round: Round, runtime: RuntimeName) => number | undefined,
  ): ByRuntime => {
    const found = runtimes.flatMap((runtime) => {
      const values = rounds.flatMap((round) => valueOf(round, runtime) ?? []);
      return values.length > 0 ? [[runtime, median(values)]] : [];
    });
    return Object.fromEntries(found);
  };
  const { ours, figure } = question;
  return {
    question,
    rounds: rounds.length,
    ours: medians((round, runtime) => round.get(ours(runtime))),
    rivals: question.rivals.map(({ label, on }) => ({
      label,
      figures: medians((round, runtime) => {
        const left = round.get(ours(runtime));
        const right = round.get(on(runtime));
        if (left === undefined || right === undefined) return undefined;
        return figure === "times" ? right / left : left - right;
      }),
      own: medians((round, runtime) => round.get(on(runtime))),
      missing: whyMissing(on, runtimes),
    })),
  };
}

function whyMissing(
  on: Rival["on"],
  runtimes: readonly RuntimeName[],
): string | undefined {
  const reasons = runtimes.map((runtime) => on(runtime).missing);
  return reasons.includes(undefined) ? undefined : reasons[0];
}
