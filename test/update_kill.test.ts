/** Processes that run a job which changes its file, killed at random moments. */
import { expect, test } from "vitest";
import { killLoop } from "./campaigns/kill_loop.ts";
import { RUNTIMES } from "./runtimes.ts";
import { runtime } from "./temporary.ts";

const ours = RUNTIMES.find(({ name }) => name === runtime);
if (ours === undefined) throw new Error("no such runtime");

// The long form is test/campaigns/kill_loop.ts. Bun starts soonest.
const kills = { bun: 20, deno: 6, node: 8 }[runtime];

test(
  `leaves a file that ${kills} kills at random moments do not mix`,
  async () => {
    const wanted = { kills, applying: kills / 5 };
    const seed = Math.floor(2 ** 31 * Math.random());
    const { wrong, ...report } = await killLoop(
      ours,
      wanted,
      seed,
      "update_process",
    );
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(report.kills).toBeGreaterThanOrEqual(wanted.kills);
    expect(report.applying).toBeGreaterThanOrEqual(wanted.applying);
  },
  600_000,
);
