/**
 * Answers the questions of a benchmark, one after the other.
 *
 * A target that is missed is a finding; only a wrong result makes the exit code 1.
 *
 * @module
 */
import process from "node:process";
import { type BenchOptions, readOptions } from "./options.ts";
import { type Contender, median, type Pair, runPairs } from "./pairs.ts";
import { type Figure, Report, type Row, type Target } from "./report.ts";
import { makeStamp } from "./stamp.ts";
import { countCores } from "./two_cores.ts";

/** One question, named by it. */
export interface Question {
  readonly name: string;
  /** Absent where the figure is for information. */
  readonly target?: Target | undefined;
  /** Whether two threads take part, so that two cores must be there. */
  readonly twoThreads: boolean;
  /** Why it cannot be asked here. */
  readonly missing?: string | undefined;
  /** Measures; only compares results if `check`. @returns Nothing in that case. */
  answer(check: boolean): Promise<Figure | undefined>;
}

/** What is asked of two contenders. */
export interface Comparison {
  readonly name: string;
  readonly ours: Contender;
  readonly rival: Contender;
  /** Absent where the figure is for information. */
  readonly target?: Target;
  /** Called before the first pair: brings the input into the page cache, say. */
  readonly prepare?: () => void;
}

/** Asks how many times as fast as the rival we are: the median over pairs of runs. */
export function howFast(comparison: Comparison): Question {
  return ask(comparison, {
    twoThreads: true,
    pairs: 7,
    figure: (pairs) => pairs.map((pair) => pair.rival / pair.ours),
    unit: "x",
  });
}

/** Asks how much longer than the rival we take: the median over pairs of runs. */
export function howMuchLonger(comparison: Comparison): Question {
  return ask(comparison, {
    twoThreads: false,
    pairs: 25,
    figure: (pairs) => pairs.map((pair) => 1000 * (pair.ours - pair.rival)),
    unit: "ms",
  });
}

interface Method {
  readonly twoThreads: boolean;
  /** How many pairs of runs. */
  readonly pairs: number;
  readonly unit: Figure["unit"];
  /** One value for each pair. */
  figure(pairs: readonly Pair[]): number[];
}

function ask(comparison: Comparison, method: Method): Question {
  const { name, ours, rival, target, prepare } = comparison;
  return {
    name,
    target,
    twoThreads: method.twoThreads,
    missing: ours.missing ?? rival.missing,
    answer: async (check) => {
      prepare?.();
      const pairs = await runPairs(ours, rival, check ? 0 : method.pairs);
      if (check) return undefined;
      const times = [
        `${ours.what} ${median(pairs.map((pair) => pair.ours)).toFixed(3)} s`,
        `${rival.what} ${median(pairs.map((pair) => pair.rival)).toFixed(3)} s`,
      ];
      return figureOf(method.figure(pairs), method.unit, times.join(", "));
    },
  };
}

/** The median of values with their spread. */
export function figureOf(
  values: readonly number[],
  unit: Figure["unit"],
  detail: string,
): Figure {
  return {
    value: median(values),
    unit,
    spread: [Math.min(...values), Math.max(...values)],
    runs: values.length,
    detail,
  };
}

/** What the questions of a suite are made from. */
export interface Suite {
  readonly name: string;
  /** State of the input when a run starts, for the stamp. */
  readonly cache: string;
  questions(
    options: BenchOptions,
  ): readonly Question[] | Promise<readonly Question[]>;
}

/** Runs a benchmark as the command line says. Sets the exit code to 1 if a result is wrong. */
export async function runSuite(suite: Suite): Promise<void> {
  const options = readOptions();
  const cache = options.check ? "small input, results only" : suite.cache;
  const report = new Report(suite.name, makeStamp(cache), options.json);
  for (const question of await suite.questions(options)) {
    const { names } = options;
    if (
      names.length > 0 && !names.some((name) => question.name.startsWith(name))
    ) {
      continue;
    }
    const row = await answerQuestion(question, options.check);
    report.add(row);
    if (row.error !== undefined) process.exitCode = 1;
  }
}

async function answerQuestion(
  question: Question,
  check: boolean,
): Promise<Row> {
  const { name, target, missing, twoThreads } = question;
  if (missing !== undefined) return { name, skipped: missing };
  try {
    const cores = twoThreads && !check ? await countCores() : undefined;
    const figure = await question.answer(check);
    return figure === undefined ? { name } : { name, figure, target, cores };
  } catch (error) {
    return {
      name,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}
