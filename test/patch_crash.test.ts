/** The journal's protocol on a simulated disk that loses power, and the changes of it that must be noticed. */
import { afterAll, describe, expect, test } from "vitest";
import {
  type Action,
  CrashExplorer,
  type Scenario,
} from "./campaigns/crash_explorer.ts";
import { disturbances } from "./campaigns/disturbances.ts";
import { MUTANTS } from "./campaigns/mutants.ts";
import {
  loadProtocol,
  type Protocol,
  writeMutant,
} from "./campaigns/protocol.ts";
import { spread } from "./effort.ts";
import { removeFolder, runtime, temporaryFolder } from "./temporary.ts";

const ACTIONS: readonly Action[] = ["patch", "keep-undo", "undo", "copy"];

/** A machine that is shared takes its time. */
const MINUTES = 10 * 60_000;

function* scenarios(): Generator<Scenario> {
  for (let seed = 1;; seed++) {
    for (const action of ACTIONS) {
      for (const granuleBytes of [512, 4096] as const) {
        yield { action, seed, granuleBytes };
      }
    }
  }
}

/** Goes through scenarios until so many states were seen, or one is wrong. */
function explore(protocol: Protocol, states: number) {
  const explorer = new CrashExplorer(protocol);
  const { explored } = explorer;
  for (const scenario of scenarios()) {
    explorer.explore(scenario);
    if (explored.states >= states || explored.violations.length > 0) break;
  }
  return explored;
}

describe("a patch on a disk that loses power", () => {
  // 100,000 on all three together: the code under test is the same on each.
  const states = { node: 45_000, deno: 45_000, bun: 10_000 }[runtime];

  test(`is whole in ${states} states`, async () => {
    const { violations, ...seen } = explore(await loadProtocol(), states);
    expect(violations).toEqual([]);
    expect(seen.states).toBeGreaterThanOrEqual(states);
  }, MINUTES);

  test("is left alone where others change the file or the journal", async () => {
    expect(disturbances(await loadProtocol())).toEqual([]);
  });
});

describe("what takes a safeguard away is noticed", () => {
  const folder = temporaryFolder();
  afterAll(() => removeFolder(folder));

  // Each of them on one runtime.
  test.each(spread(MUTANTS).map((mutant) => [mutant.name, mutant] as const))(
    "%s",
    async (_, mutant) => {
      const protocol = await loadProtocol(writeMutant(folder, mutant));
      const found = disturbances(protocol);
      if (found.length === 0) {
        found.push(...explore(protocol, 20_000).violations);
      }
      expect(found).not.toEqual([]);
    },
  );
});
