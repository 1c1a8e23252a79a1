/**
 * Matches of a slow stream as they come: those of the run, and ahead of them those of what fills no segment yet.
 *
 * ```text
 * stream ──> segment, half full ┈┈ nothing for a while ┈┈> EarlySearch ─┐
 *            segments ──> workers ──> partials, in file order ─────────┴──> consumer leaves out what it has
 * ```
 *
 * A timer says when to look, and only that: what is found does not depend on it. A stream that is not slow is left to
 * the workers.
 *
 * @module
 */
import type { DescriptorStream } from "../engine/feed.ts";
import type { FindPartial } from "../jobs/find.ts";
import type { FilePath } from "../platform/file_path.ts";
import { openSource } from "../source.ts";
import { streamJob, type StreamRequest } from "../stream_job.ts";
import {
  EarlySearch,
  type SearchPlace,
  type StreamPiece,
} from "./early_search.ts";
import type { SearchJobOptions } from "./search_job.ts";

/** How often it is looked, at most. */
const LOOK_MS = 50;

/** A stream that has brought more than that since the last look is not slow. */
const SLOW_BYTES = 1024 * 1024;

/**
 * Runs a search over a stream, and yields its partials, with those of early searches as they are due.
 *
 * @param place How far the consumer has come, with what it has taken.
 */
export async function* searchLive(
  request: StreamRequest & { readonly path: FilePath },
  job: SearchJobOptions,
  place: () => SearchPlace,
): AsyncGenerator<FindPartial, void, void> {
  const { path, options } = request;
  const source = await openSource(path, options.signal, options.onNote);
  // The run waits for the stream, and so would whoever leaves it.
  const left = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, left.signal])
    : left.signal;
  const bell = new Bell();
  const looks = new Looks(source.stream(), bell);
  const partials = new Taker(
    streamJob<FindPartial>({
      ...request,
      options: { ...options, signal },
      source,
    }),
    bell,
  );
  let search: EarlySearch | undefined;
  try {
    for (;;) {
      await bell.heard();
      const result = partials.taken();
      if (result?.done) return;
      if (result !== undefined) {
        yield result.value;
        partials.takeNext();
      }
      const pieces = looks.piecesFrom(place().decided);
      if (pieces === undefined) continue;
      search ??= new EarlySearch(job);
      const early = search.search(pieces, place());
      if (early !== undefined) yield early;
    }
  } finally {
    looks.end();
    left.abort();
    await partials.end();
  }
}

/** Wakes one who waits for any of several things. Unlike a race of promises, it keeps nothing of each wait. */
class Bell {
  #isRung = false;
  #wake = () => {};

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Waits until it was rung since this was asked last. */
  async heard(): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    this.#isRung = false;
  }
}

/** Takes partials one at a time, and rings when there is one. */
class Taker {
  readonly #partials: AsyncGenerator<FindPartial, unknown, void>;
  readonly #bell: Bell;
  #next: Promise<void> = Promise.resolve();
  #taken: IteratorResult<FindPartial, unknown> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    partials: AsyncGenerator<FindPartial, unknown, void>,
    bell: Bell,
  ) {
    this.#partials = partials;
    this.#bell = bell;
    this.takeNext();
  }

  /** Asks for the next one. */
  takeNext(): void {
    this.#next = this.#partials.next().then((taken) => {
      this.#taken = taken;
    }, (error: unknown) => {
      this.#failure = { error };
    }).then(() => this.#bell.ring());
  }

  /** @returns What has come, once. @throws What the run has failed with. */
  taken(): IteratorResult<FindPartial, unknown> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    const taken = this.#taken;
    this.#taken = undefined;
    return taken;
  }

  /** Waits until a run that was ended has ended. */
  async end(): Promise<void> {
    await this.#next;
    // It ends there, if it has not.
    await this.#partials.next().catch(() => {});
  }
}

/** Says when to look, and at what. */
class Looks {
  readonly #bell: Bell;
  /** What was filled before, and what is being filled. Their bytes stay for so long. */
  #before: StreamPiece | undefined;
  #target: Uint8Array<SharedArrayBuffer> | undefined;
  #here: StreamPiece | undefined;
  /** Bytes that had come when the timer was set. */
  #seen = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the stream was slow at the last look, and there may be more to search. */
  #isDue = false;

  /** @param bell Rung when it is time to look. */
  constructor(stream: DescriptorStream, bell: Bell) {
    this.#bell = bell;
    stream.watch((target, filled, offset) => {
      this.#note(target, filled, offset);
    });
  }

  /** What has come from an offset on; `undefined` where it is not time to look, or workers are still behind. */
  piecesFrom(offset: number): StreamPiece[] | undefined {
    const before = this.#before, here = this.#here;
    if (!this.#isDue || here === undefined) return undefined;
    const joins = before !== undefined &&
      before.offset + before.bytes.length === here.offset;
    const pieces = joins ? [before, here] : [here];
    const [first] = pieces;
    const reaches = first !== undefined && first.offset <= offset;
    // Otherwise the next partial brings it nearer.
    if (!reaches) return undefined;
    this.#isDue = false;
    return pieces;
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #note(
    target: Uint8Array<SharedArrayBuffer>,
    filled: number,
    offset: number,
  ): void {
    const here = this.#here;
    if (here !== undefined && here.offset !== offset) {
      // It was full when the next one was begun.
      const bytes = this.#target?.subarray(0, offset - here.offset);
      this.#before = bytes && { offset: here.offset, bytes };
    }
    this.#target = target;
    this.#here = { offset, bytes: target.subarray(0, filled) };
    if (this.#timer === undefined) this.#lookLater();
  }

  #lookLater(): void {
    this.#seen = this.#filled;
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }

  /** Bytes of the stream that have come, as far as is known. */
  get #filled(): number {
    const here = this.#here;
    return here === undefined ? 0 : here.offset + here.bytes.length;
  }

  #look(): void {
    this.#timer = undefined;
    this.#isDue = this.#filled - this.#seen <= SLOW_BYTES;
    if (!this.#isDue) {
      // It may have stopped since.
      this.#lookLater();
      return;
    }
    this.#bell.ring();
  }
}
