import * as fs from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type CliIo,
  type CliOutput,
  ClosedOutputError,
  InterruptError,
} from "../src/cli/io.ts";
import { main } from "../src/cli/main.ts";
import {
  checkCommonOptions,
  type RawCommonOptions,
} from "../src/cli/options.ts";
import { painter } from "../src/cli/paint.ts";
import { ProgressBar } from "../src/cli/progress.ts";
import { withProgress } from "../src/cli/run.ts";
import { besideBar } from "../src/cli/shown_bar.ts";
import { runShell } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

/** An output that keeps what is written. */
interface Recorded extends CliOutput {
  text(): string;
}

function recorded(isTty: boolean, columns = 80): Recorded {
  const written: string[] = [];
  return {
    isTty,
    columns: isTty ? columns : undefined,
    text: () => written.join(""),
    write: (data) => {
      written.push(
        typeof data === "string" ? data : new TextDecoder().decode(data),
      );
      return Promise.resolve();
    },
  };
}

interface RecordedIo extends CliIo {
  readonly stdout: Recorded;
  readonly stderr: Recorded;
}

function recordedIo(isTty: boolean, io: Partial<CliIo> = {}): RecordedIo {
  return {
    readStdin: () => {
      throw new Error("nobody asked for it");
    },
    env: {},
    signal: new AbortController().signal,
    ...io,
    stdout: recorded(isTty),
    stderr: recorded(isTty),
  };
}

let folder: string;
let file: string;
beforeAll(() => {
  folder = temporaryFolder();
  file = join(folder, "three");
  fs.writeFileSync(file, "a\nb\nc\n");
});
afterAll(() => removeFolder(folder));

describe("ProgressBar", () => {
  const running = {
    bytesDone: 2_500_000_000,
    byteLength: 10_000_000_000,
    elapsedMs: 1000,
  };

  async function shown(
    io: CliIo,
    progress: Parameters<ProgressBar["show"]>[0],
  ): Promise<ProgressBar> {
    const bar = ProgressBar.for(io, checkCommonOptions({}));
    if (bar === undefined) throw new Error("there is no bar");
    bar.show(progress);
    // It loads its library when it is first needed.
    await import("cli-progress");
    await setImmediate();
    return bar;
  }

  test("shows share, bytes, rate and time left, on one line, and erases itself", async () => {
    const io = recordedIo(true);
    const bar = await shown(io, running);
    expect(io.stderr.text()).toMatch(
      /█+░+ 25% {2}2\.33 GiB {2}2\.50 GB\/s {2}ETA 0:03/,
    );
    void bar.erase();
    expect(io.stderr.text()).not.toContain("\n");
    // The last thing written goes to the line's beginning and clears it.
    expect(io.stderr.text().slice(-8)).toBe("\x1b[1G\x1b[2K");
    const before = io.stderr.text();
    bar.show(running);
    void bar.erase();
    await setImmediate();
    expect(io.stderr.text()).toBe(before);
    expect(io.stdout.text()).toBe("");
  });

  test("shows bytes and rate where the size is unknown", async () => {
    const io = recordedIo(true);
    const bar = await shown(io, { ...running, byteLength: undefined });
    expect(io.stderr.text()).toContain("2.33 GiB  2.50 GB/s");
    expect(io.stderr.text()).not.toContain("%");
    void bar.erase();
  });

  test("does not flicker in a short run", async () => {
    const io = recordedIo(true);
    const bar = await shown(io, { ...running, elapsedMs: 100 });
    void bar.erase();
    expect(io.stderr.text()).toBe("");
  });

  test("does not appear once it has been erased", async () => {
    const io = recordedIo(true);
    const bar = ProgressBar.for(io, checkCommonOptions({}));
    bar?.show(running);
    void bar?.erase();
    await import("cli-progress");
    await setImmediate();
    expect(io.stderr.text()).toBe("");
  });

  test("is erased when the run is over, or has failed", async () => {
    for (const fails of [false, true]) {
      const io = recordedIo(true);
      const context = {
        io,
        options: checkCommonOptions({}),
        engine: undefined,
      };
      const work = withProgress(context, async ({ onProgress }) => {
        onProgress?.(running);
        await import("cli-progress");
        await setImmediate();
        expect(io.stderr.text()).toContain("25%");
        if (fails) throw new Error("no more");
      });
      await (fails ? expect(work).rejects.toThrow("no more") : work);
      expect(io.stderr.text().slice(-8)).toBe("\x1b[1G\x1b[2K");
    }
  });

  test("leaves its line before other output comes, however slow the terminal is", async () => {
    const log: string[] = [];
    const slow = (delayMs: number): CliOutput => ({
      isTty: true,
      columns: 80,
      write: async (data) => {
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        log.push(String(data));
      },
    });
    const plain = { ...recordedIo(true), stdout: slow(0), stderr: slow(20) };
    const io = besideBar(plain);
    const bar = await shown(io, running);
    await io.stdout.write("a result\n");
    expect(log.at(-1)).toBe("a result\n");
    expect(log.at(-2)).toBe("\x1b[2K");
    const drawn = log.length;
    bar.show(running);
    await io.stderr.write("a note\n");
    expect(log.length).toBeGreaterThan(drawn + 3);
    expect(log.slice(-2)).toEqual(["\x1b[2K", "a note\n"]);
    bar.show(running);
    await bar.erase();
    await io.stdout.write("the end\n");
    expect(log.slice(-2)).toEqual(["\x1b[2K", "the end\n"]);
  });

  test("is not there without a terminal, or when options forbid it", () => {
    const there = (isTty: boolean, raw: RawCommonOptions): boolean =>
      ProgressBar.for(recordedIo(isTty), checkCommonOptions(raw)) !== undefined;
    expect(there(true, {})).toBe(true);
    expect(there(false, {})).toBe(false);
    expect(there(true, { quiet: true })).toBe(false);
    expect(there(true, { json: true })).toBe(false);
    expect(there(true, { progress: false })).toBe(false);
  });
});

describe("colours", () => {
  test("are for terminals, unless forbidden", () => {
    const red = (
      isTty: boolean,
      color: boolean,
      env: Record<string, string>,
    ): string => painter(recordedIo(isTty, { env }), { color }).red("x");
    expect(red(true, true, {})).toBe("\x1b[31mx\x1b[0m");
    expect(red(true, true, { NO_COLOR: "" })).toBe("\x1b[31mx\x1b[0m");
    expect(red(true, true, { NO_COLOR: "1" })).toBe("x");
    expect(red(true, false, {})).toBe("x");
    expect(red(false, true, {})).toBe("x");
  });

  test.skipIf(!hasTool("script"))("come from a real terminal", async () => {
    const outcome = await runShell(
      `script -qec "$PROCESS three" /dev/null; script -qec "$PROCESS --no-color three" /dev/null`,
      {
        cwd: folder,
      },
    );
    const titles = outcome.stdout.split("\r\n").filter((line) =>
      line.includes("three")
    );
    expect(titles).toEqual(["\x1b[1mthree\x1b[0m", "three"]);
  });
});

describe("main()", () => {
  test("returns 0 when the output is closed", async () => {
    const io = recordedIo(false);
    const stdout = {
      ...io.stdout,
      write: () => Promise.reject(new ClosedOutputError("gone")),
    };
    for (const args of [["--version"], ["--help"], ["count", file, file]]) {
      expect(await main(args, { ...io, stdout })).toBe(0);
    }
    expect(io.stderr.text()).toBe("");
  });

  test("returns 128 and the signal when it is interrupted", async () => {
    const controller = new AbortController();
    controller.abort(new InterruptError("SIGTERM", 15));
    const io = recordedIo(false, { signal: controller.signal });
    expect(await main(["hash", file, file], io)).toBe(143);
    expect(io.stdout.text() + io.stderr.text()).toBe("");
  });

  test("does not write before a slow output has taken what there is", async () => {
    const io = recordedIo(false);
    let waiting = 0;
    let most = 0;
    const stdout: CliOutput = {
      ...io.stdout,
      write: async () => {
        most = Math.max(most, ++waiting);
        await setImmediate();
        waiting--;
      },
    };
    expect(
      await main(["generate", "random", "-", "--size", "5MB"], {
        ...io,
        stdout,
      }),
    ).toBe(0);
    expect(await main(["count", file, file, file], { ...io, stdout })).toBe(0);
    expect(most).toBe(1);
  });

  const STEP = 1024 ** 2;
  test("writes matches of one file after the other, also where the first one fails", async () => {
    const io = recordedIo(false);
    const growing = join(folder, "growing");
    const other = join(folder, "other");
    fs.writeFileSync(growing, "");
    // So much that the first matches are there before the end is.
    fs.truncateSync(growing, 512 * STEP);
    const fd = fs.openSync(growing, "r+");
    const match = new TextEncoder().encode("a");
    for (let i = 0; i < 512; i++) fs.writeSync(fd, match, 0, 1, i * STEP);
    fs.closeSync(fd);
    fs.writeFileSync(other, "a");
    let waiting = 0;
    let most = 0;
    const stdout: CliOutput = {
      ...io.stdout,
      write: async (data) => {
        most = Math.max(most, ++waiting);
        fs.appendFileSync(growing, "a");
        for (let i = 0; i < 100; i++) await setImmediate();
        await io.stdout.write(data);
        waiting--;
      },
    };
    const code = await main(["find", "-e", "a", growing, other], {
      ...io,
      stdout,
    });
    expect(code).toBe(2);
    expect(io.stderr.text()).toContain("grew while it was read");
    const lines = io.stdout.text().trimEnd().split("\n");
    expect(lines.at(-1)).toBe(`${other}:0`);
    expect(lines.slice(0, -1)).toEqual(
      lines.slice(0, -1).map((_, i) => `${growing}:${i * STEP}`),
    );
    expect(lines.length).toBeGreaterThan(1);
    expect(most).toBe(1);
  });
});

test.skipIf(!hasTool("timeout"))(
  "a full pipe does not keep signals from being heard",
  async () => {
    for (const [what, code] of [[file, 130], ["--version", 130]] as const) {
      const { stdout } = await runShell(
        `exec 3>&1; (head -c 65536 /dev/zero
        timeout --preserve-status -k 10 -s INT 1 $PROCESS ${what}; echo $? >&3) | (sleep 4; cat > /dev/null)`,
      );
      expect([what, stdout]).toEqual([what, `${code}\n`]);
    }
  },
);

test.skipIf(!hasTool("python3"))(
  "a pipe that does not wait gets all of a long output, once",
  async () => {
    const path = join(folder, "long");
    fs.writeFileSync(path, "a line\n".repeat(300_000));
    const { stdout } = await runShell(
      `python3 -c '
import fcntl, hashlib, os, subprocess, sys, time
r, w = os.pipe()
fcntl.fcntl(w, fcntl.F_SETFL, os.O_NONBLOCK)
child = subprocess.Popen(sys.argv[1:], stdout=w)
os.close(w)
time.sleep(1)
out = b"".join(iter(lambda: os.read(r, 65536), b""))
print(child.wait(), len(out.splitlines()), len(set(out.splitlines())))
' $PROCESS find ${path} line`,
    );
    expect(stdout).toBe("0 300000 300000\n");
  },
);

test.skipIf(!fs.existsSync("/proc/sys/kernel/hostname"))(
  "files of /proc/sys are read",
  async () => {
    const name = "/proc/sys/kernel/hostname";
    const { stdout } = await runShell(
      `process count ${name}; process count - < ${name}`,
    );
    expect(stdout).toBe(`1 ${name}\n1\n`);
  },
);

test("two dashes right behind the program end its options", async () => {
  const name = join(folder, "-dash");
  fs.writeFileSync(name, "a\n");
  const { code, stdout } = await runShell("process -- -dash", { cwd: folder });
  expect([code, stdout.split("\n")[0]]).toEqual([0, "-dash"]);
});
