/**
 * The table of README.md that the answers make, and what has to be known to read it.
 *
 * @module
 */
import type {
  Answer,
  ByRuntime,
  Question,
  RivalAnswer,
  RuntimeName,
} from "./contest.ts";
import { RUNTIMES } from "./contest.ts";

/** First line and last line of the part of README.md that is written here. */
export const MARKERS = ["<!-- peers -->", "<!-- /peers -->"] as const;

const NAMES: Readonly<Record<RuntimeName, string>> = {
  deno: "Deno",
  bun: "Bun",
  node: "Node",
};

const HEAD = [
  `| | ${RUNTIMES.map((name) => NAMES[name]).join(" | ")} | time |`,
  `|---|${"---|".repeat(RUNTIMES.length)}---|`,
];

/** What figures hold for. */
export interface Setting {
  /** The files, in words. */
  readonly files: string;
  readonly commit: string;
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  /** What two threads got done against one: 2 if both cores were there. */
  readonly coresThere: number;
  /** Names and versions of all that took part. */
  readonly versions: readonly string[];
}

/** The part of README.md between the markers. */
export function formatPeers(
  answers: readonly Answer[],
  setting: Setting,
): string {
  const rows = answers.flatMap(rowsOf);
  const rounds = answers.map((answer) => answer.rounds);
  const span = [...new Set([Math.min(...rounds), Math.max(...rounds)])];
  const { files, commit, date, processor, cores, coresThere, versions } =
    setting;
  return [
    "<!-- `npm run peers` writes this part. -->",
    "",
    wrap(
      `How many times as fast as each program sabmap is: more than 1 means that sabmap is faster. Whole commands, from start to end; medians of ${
        span.join(" to ")
      } rounds, in each of which all take turns in random order; results compared. ${files}`,
    ),
    "",
    ...HEAD,
    ...rows,
    "",
    wrap(
      `Commit ${commit}, ${date}; ${processor}, ${cores} cores, of which two threads got ${
        coresThere.toFixed(2)
      }; ${versions.join(", ")}.`,
    ),
  ].join("\n");
}

/** Breaks a text into lines as long as those of README.md. */
function wrap(text: string): string {
  return text.replace(/(.{1,130})(?: |$)/g, "$1\n").trimEnd();
}

function rowsOf(answer: Answer): string[] {
  const { question, ours, rivals } = answer;
  const [rival] = rivals;
  const title = titleOf(question);
  if (question.figure === "own") return [row(title, cells(ours, whole))];
  if (question.figure === "excess") {
    return [row(title, cells(rival?.figures ?? {}, milliseconds))];
  }
  return [
    row(title, RUNTIMES.map(() => ""), times(ours)),
    ...rivals.map((rival) => rivalRow(rival)),
  ];
}

function rivalRow({ label, figures, own, missing }: RivalAnswer): string {
  return missing === undefined
    ? row(label, cells(figures, ratio), times(own))
    : row(label, RUNTIMES.map(() => "–"), "not installed");
}

function row(
  label: string,
  cells: readonly string[],
  time = "",
): string {
  const texts = [label, ...cells, time].map((text) => text && ` ${text}`);
  return `|${texts.join(" |")} |`;
}

function cells(
  values: ByRuntime,
  format: (value: number) => string,
): string[] {
  return RUNTIMES.map((name) => {
    const value = values[name];
    return value === undefined ? "–" : format(value);
  });
}

function ratio(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : 1);
}

function milliseconds(seconds: number): string {
  return (1000 * seconds).toFixed(0);
}

function whole(value: number): string {
  return value.toFixed(0);
}

/** Seconds on each runtime; once, where they are of the same program. */
function times(seconds: ByRuntime): string {
  const texts = RUNTIMES.flatMap((name) => seconds[name]?.toFixed(3) ?? []);
  const different = [...new Set(texts)];
  return different.length === 0
    ? ""
    : `${(different.length === 1 ? different : texts).join(", ")} s`;
}

function titleOf({ title, figure }: Question): string {
  const unit = figure === "excess" ? ", ms" : "";
  return `**${title}${unit}**`;
}

/** What must stand in the first column, whatever is installed. */
export function labelsOf(questions: readonly Question[]): string[] {
  return questions.flatMap((question) => [
    titleOf(question),
    ...question.figure === "times"
      ? question.rivals.map(({ label }) => label)
      : [],
  ]);
}

/**
 * Puts a new part between the markers.
 *
 * @throws {Error} If they are not there.
 */
export function replacePeers(readme: string, part: string): string {
  const { start, end } = findPeers(readme);
  return `${readme.slice(0, start)}\n${part}\n${readme.slice(end)}`;
}

/**
 * Checks that the table between the markers is as this program writes it: its columns and its rows, not its figures.
 *
 * @throws {Error} If it is not, with the first row that differs.
 */
export function checkPeers(
  readme: string,
  questions: readonly Question[],
): void {
  const { start, end } = findPeers(readme);
  const lines = readme.slice(start, end).split("\n").filter((line) =>
    line.startsWith("|")
  );
  const expected = [
    ...HEAD,
    ...labelsOf(questions).map((label) => `| ${label}`),
  ];
  const count = Math.max(lines.length, expected.length);
  for (let i = 0; i < count; i++) {
    const found = i < HEAD.length ? lines[i] : firstColumn(lines[i]);
    if (found === expected[i]) continue;
    throw new Error(
      `The table in README.md is not as "npm run peers" writes it: row ${
        i + 1
      } should begin with "${expected[i] ?? ""}" and is "${lines[i] ?? ""}"`,
    );
  }
}

/** `| label`, if a row has all columns. */
function firstColumn(line = ""): string | undefined {
  const [, label, ...others] = line.split(/ ?\| ?/);
  return others.length === RUNTIMES.length + 2 ? `| ${label}` : undefined;
}

function findPeers(readme: string): { start: number; end: number } {
  const [first, last] = MARKERS;
  const start = readme.indexOf(first);
  const end = readme.indexOf(last);
  if (start >= 0 && end > start) return { start: start + first.length, end };
  throw new Error(
    `README.md has no part between the lines "${first}" and "${last}"`,
  );
}
