/**
 * Comlink as an ES module. Its package names the CommonJS build first, for which Deno loads all of its
 * Node compatibility: 14 ms at the start of every worker (Deno 2.9, Xeon 2.6 GHz, 2026-11-21).
 *
 * @module
 */
import type * as Comlink from "comlink";
// @ts-types="comlink"
// @ts-ignore: this build has no types beside it; it gets those of the package below.
import * as module from "comlink/dist/esm/comlink.mjs";

const comlink = module as unknown as typeof Comlink;

export const expose: typeof Comlink.expose = comlink.expose;
export const transferHandlers: typeof Comlink.transferHandlers =
  comlink.transferHandlers;
export const wrap: typeof Comlink.wrap = comlink.wrap;
