import { describe, expect, it } from "vitest";
import {
  ask,
  type Contender,
  type Question,
  RUNTIMES,
} from "../bench/peers/contest.ts";
import { readPeerOptions } from "../bench/peers/options.ts";
import { versionIn } from "../bench/peers/programs.ts";
import { offsetsIn, sumOfLines, taggedDigest } from "../bench/peers/results.ts";
import {
  checkPeers,
  formatPeers,
  labelsOf,
  replacePeers,
} from "../bench/peers/table.ts";

const SETTING = {
  files: "Files are small.",
  commit: "abc",
  date: "2026-11-21",
  processor: "A processor",
  cores: 2,
  coresThere: 1.999,
  versions: ["Deno 2", "wc 9"],
};

interface Played {
  readonly question: Question;
  /** Who ran, in order. */
  readonly log: string[];
}

/** A question whose contenders take times of a list, round by round. */
function played(
  times: Readonly<Record<string, readonly number[]>>,
  more: Partial<Question> = {},
  results: Readonly<Record<string, string>> = {},
): Played {
  const log: string[] = [];
  const contenders = new Map<string, Contender>();
  const of = (what: string): Contender => {
    let turns = 0;
    const contender = contenders.get(what) ?? {
      what,
      run: () => {
        log.push(what);
        const value = times[what]?.[turns++] ?? NaN;
        return { value, result: results[what] ?? "42" };
      },
    };
    contenders.set(what, contender);
    return contender;
  };
  const question: Question = {
    name: "lines",
    title: "lines",
    figure: "times",
    unit: "s",
    ours: (runtime) => of(runtime),
    rivals: [
      { label: "`wc`", on: () => of("wc") },
      { label: "same", on: (runtime) => of(`rival ${runtime}`) },
      {
        label: "none",
        on: () => ({ ...of("none"), missing: "none is not installed" }),
      },
    ],
    ...more,
  };
  return { question, log };
}

const TIMES = {
  deno: [9, 1, 1, 4],
  bun: [9, 2, 2, 2],
  node: [9, 4, 2, 1],
  wc: [9, 2, 3, 4],
  "rival deno": [9, 1, 1, 1],
  "rival bun": [9, 4, 4, 4],
  "rival node": [9, 4, 4, 4],
};
const PATIENCE = { rounds: 3, seconds: 1e9 };

describe("ask()", () => {
  it("gives each contender one turn a round, and takes ratios within rounds", async () => {
    const { question, log } = played(TIMES);
    const { rounds, ours, rivals } = await ask(question, RUNTIMES, PATIENCE);
    expect(rounds).toBe(3);
    for (let round = 0; round < 4; round++) {
      const turns = log.slice(7 * round, 7 * round + 7).sort();
      expect(turns).toEqual(Object.keys(TIMES).sort());
    }
    expect(ours).toEqual({ deno: 1, bun: 2, node: 2 });
    expect(rivals).toEqual([
      {
        label: "`wc`",
        figures: { deno: 2, bun: 1.5, node: 1.5 },
        own: { deno: 3, bun: 3, node: 3 },
        missing: undefined,
      },
      {
        label: "same",
        figures: { deno: 1, bun: 2, node: 2 },
        own: { deno: 1, bun: 4, node: 4 },
        missing: undefined,
      },
      {
        label: "none",
        figures: {},
        own: {},
        missing: "none is not installed",
      },
    ]);
  });

  it("asks no longer than it has patience, but three rounds", async () => {
    const { question, log } = played(TIMES);
    const patience = { rounds: 99, seconds: 0 };
    const { rounds } = await ask(question, ["bun"], patience);
    expect(rounds).toBe(3);
    expect(log.filter((what) => what === "bun")).toHaveLength(4);
    expect(log).not.toContain("deno");
  });

  it("compares results only where no round counts", async () => {
    const { question, log } = played(TIMES);
    const answer = await ask(question, RUNTIMES, { rounds: 0, seconds: 0 });
    expect(answer.rounds).toBe(0);
    expect(log).toHaveLength(7);
  });

  it("tells of a result that is not that of the others, and still ends", async () => {
    let ended = 0;
    const { question } = played(TIMES, { finish: () => ended++ }, {
      wc: "43",
    });
    await expect(ask(question, RUNTIMES, PATIENCE)).rejects.toThrow(
      /"4[23]" where .* says "4[23]"/,
    );
    expect(ended).toBe(1);
  });

  it("tells how much longer ours take", async () => {
    const { question } = played(TIMES, { figure: "excess" });
    const { rivals } = await ask(question, ["node"], PATIENCE);
    expect(rivals[0]?.figures).toEqual({ node: -1 });
  });
});

describe("formatPeers()", () => {
  it("makes a table whose rows checkPeers() knows", async () => {
    const times = played(TIMES).question;
    const own = {
      ...times,
      title: "memory",
      figure: "own",
      rivals: [],
    } as const;
    const excess = {
      ...played(TIMES).question,
      title: "start",
      figure: "excess",
    } as const;
    const all = [times, excess, own];
    const answers = [];
    for (const question of [played(TIMES).question, excess]) {
      answers.push(await ask(question, RUNTIMES, PATIENCE));
    }
    answers.push({ ...answers[0]!, question: own, rivals: [] });
    const part = formatPeers(answers, SETTING);
    expect(part.split("\n").filter((line) => line.startsWith("|"))).toEqual([
      "| | Deno | Bun | Node | time |",
      "|---|---|---|---|---|",
      "| **lines** | | | | 1.000, 2.000, 2.000 s |",
      "| `wc` | 2.00 | 1.50 | 1.50 | 3.000 s |",
      "| same | 1.00 | 2.00 | 2.00 | 1.000, 4.000, 4.000 s |",
      "| none | – | – | – | not installed |",
      "| **start, ms** | -1000 | -1000 | -1000 | |",
      "| **memory** | 1 | 2 | 2 | |",
    ]);
    expect(part).toContain(
      "Commit abc, 2026-11-21; A processor, 2 cores, of which two threads got 2.00; Deno 2, wc 9.",
    );
    const widths = part.split("\n").map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(130);
    const readme = replacePeers("a\n<!-- peers -->\n<!-- /peers -->\nb", part);
    expect(readme).toBe(
      `a\n<!-- peers -->\n${part}\n<!-- /peers -->\nb`,
    );
    expect(replacePeers(readme, part)).toBe(readme);
    checkPeers(readme, all);
    expect(labelsOf(all)).toHaveLength(6);
    const other = readme.replace("| `wc` | 2.00", "| `wc -l` | 2.00");
    expect(() => checkPeers(other, all)).toThrow(
      /row 4 should begin with "\| `wc`" and is "\| `wc -l` \|/,
    );
    const short = readme.replace("| **memory** | 1 | 2 | 2 | |\n", "");
    expect(() => checkPeers(short, all)).toThrow(/row 8/);
    const narrow = readme.replace("| same | 1.00 |", "| same |");
    expect(() => checkPeers(narrow, all)).toThrow(/row 5/);
  });

  it("needs markers", () => {
    expect(() => replacePeers("no table", "")).toThrow(
      'README.md has no part between the lines "<!-- peers -->" and "<!-- /peers -->"',
    );
  });
});

describe("readPeerOptions()", () => {
  it("writes the table only where all of it is asked for", () => {
    expect(readPeerOptions([]).write).toBe(true);
    expect(readPeerOptions(["--size", "64MiB"]).write).toBe(true);
    for (
      const args of [["lines"], ["--check"], ["--print"], ["--runtime", "bun"]]
    ) {
      expect(readPeerOptions(args).write).toBe(false);
    }
  });

  it("takes runtimes in the order of the table", () => {
    const { runtimes } = readPeerOptions(["--runtime", "node,deno"]);
    expect(runtimes).toEqual(["deno", "node"]);
  });

  it.each([
    ["--size", "3"],
    ["--size", "17000001"],
    ["--size", "5GiB"],
    ["--rounds", "0"],
    ["--seconds", "soon"],
    ["--runtime", "deno,rhino"],
    ["--quick"],
  ])("refuses %s %s", (...args) => {
    expect(() => readPeerOptions(args)).toThrow();
  });
});

describe("results", () => {
  it("are the same for all who found the same", () => {
    expect(offsetsIn("3:the\n10:the\n")).toBe("2 at 13");
    expect(offsetsIn("3\n10\n")).toBe("2 at 13");
    expect(offsetsIn("")).toBe("0 at 0");
    expect(taggedDigest("\r        XXH3 (l = 1) = 6cd72ddef0abcb47\n")).toBe(
      "6cd72ddef0abcb47",
    );
    expect(sumOfLines("12\n 30\n")).toBe("42");
    expect(versionIn("ripgrep 13.0.0 (rev af)")).toBe("13.0.0");
    expect(versionIn("none")).toBe("of unknown version");
  });
});
