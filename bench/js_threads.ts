/**
 * The least JavaScript program that counts newlines with two threads, with no engine: what the threads of
 * this runtime allow, as `pread.c` shows what the machine allows.
 *
 * The calling thread is one of the two, as it is in the command: it starts the other and works meanwhile.
 *
 * @module
 */
import { type Contender, time, warmUp } from "./pairs.ts";
import { countInBoth, startThread } from "./two_js_threads.ts";

/** Two bare threads, one of which starts within the measured time. */
export function twoJsThreads(path: string): Contender {
  return {
    what: "two bare JavaScript threads",
    run: () =>
      time(async () => {
        const thread = startThread();
        const count = await countInBoth(thread, path);
        await thread.stop();
        return String(count);
      }),
  };
}

/** As {@link twoJsThreads}, where the other thread has counted before. */
export function startedJsThreads(path: string): Contender {
  return {
    what: "bare JavaScript threads, started",
    run: async () => {
      const thread = startThread();
      await warmUp(() => countInBoth(thread, path));
      const timed = await time(async () =>
        String(await countInBoth(thread, path))
      );
      await thread.stop();
      return timed;
    },
  };
}
