/**
 * Objects whose methods write down how long they took.
 *
 * A traced run gets them in place of its own, so that the code of the engine has nothing of tracing in
 * it, and a run that is not traced pays nothing.
 *
 * @module
 */
import type { SpanRing } from "./span_ring.ts";
import type { TracePhase } from "./types.ts";

/** How calls of a method are written down. */
export interface TimedMethod {
  readonly phase: TracePhase;
  /** Whether only the call itself is written down, and not what its promise waits for: its thread goes on meanwhile. */
  readonly callOnly?: boolean;
  /** Offset in the file of what a call is about. */
  offset?(...args: readonly never[]): number | undefined;
}

/** Methods that are written down, by name. */
export type TimedMethods<Target> = {
  readonly [Name in keyof Target]?: TimedMethod;
};

// deno-lint-ignore no-explicit-any -- methods of every shape are passed on as they are
type Method = (...args: any[]) => unknown;

/**
 * Stands in for an object.
 *
 * @param target The object; its other members work as they do without.
 * @param methods Which methods are written down. One that gives a promise lasts until that settles, unless
 * `callOnly`.
 */
export function timed<Target extends object>(
  target: Target,
  methods: TimedMethods<Target>,
  ring: SpanRing,
): Target {
  const bound = new Map<PropertyKey, Method>();
  return new Proxy(target, {
    get: (_, name) => {
      // Read from the object itself: private members are not known to a proxy.
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      let method = bound.get(name);
      if (method === undefined) {
        const how = (methods as Record<PropertyKey, TimedMethod>)[name];
        const call: Method = (member as Method).bind(target);
        method = how === undefined ? call : timedMethod(call, how, ring);
        bound.set(name, method);
      }
      return method;
    },
  });
}

function timedMethod(
  call: Method,
  { phase, callOnly = false, offset }: TimedMethod,
  ring: SpanRing,
): Method {
  return (...args) => {
    const about = (offset as Method | undefined)?.(...args) as
      | number
      | undefined;
    const action = () => call(...args);
    return during(ring, { phase, callOnly, offset: about }, action);
  };
}

/**
 * Writes down how long an action takes.
 *
 * While it has the thread to itself it is what the thread is at; actions that give a promise may overlap.
 */
function during<T>(
  ring: SpanRing,
  { phase, callOnly, offset }: {
    readonly phase: TracePhase;
    readonly callOnly: boolean;
    readonly offset: number | undefined;
  },
  action: () => T,
): T {
  const outer = ring.task;
  const task = { phase, startMs: ring.now(), offset };
  let result: T;
  ring.task = task;
  try {
    result = action();
  } catch (error) {
    ring.add(task);
    throw error;
  } finally {
    ring.task = outer;
  }
  if (result instanceof Promise && !callOnly) {
    return result.finally(() => ring.add(task)) as T;
  }
  ring.add(task);
  return result;
}
