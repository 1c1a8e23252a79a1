/**
 * Makes a port of `node:worker_threads` look like a Web one, as Comlink wants it.
 *
 * @module
 */
import type { Endpoint } from "comlink";

/** The part of a Node `Worker` or `MessagePort` that is used. */
interface NodePort {
  postMessage(message: unknown, transfer?: never): void;
  on(type: "message", listener: (data: unknown) => void): unknown;
  off(type: "message", listener: (data: unknown) => void): unknown;
}

type Listener = Parameters<Endpoint["addEventListener"]>[1];

/** Adapts a Node port: listeners get an event with `data`, as on the Web. */
export function adaptPort(port: NodePort): Endpoint {
  const wrapped = new WeakMap<Listener, (data: unknown) => void>();
  return {
    postMessage: (message: unknown, transfer?: Transferable[]) => {
      // Node's types list the same transferables under names of their own.
      port.postMessage(message, transfer as never);
    },
    addEventListener: (type: string, listener: Listener) => {
      if (type !== "message") return;
      const forward = (data: unknown) => {
        const event = { data } as MessageEvent;
        if (typeof listener === "function") listener(event);
        else listener.handleEvent(event);
      };
      wrapped.set(listener, forward);
      port.on("message", forward);
    },
    removeEventListener: (type: string, listener: Listener) => {
      const forward = wrapped.get(listener);
      if (type === "message" && forward !== undefined) {
        port.off("message", forward);
      }
    },
  };
}
