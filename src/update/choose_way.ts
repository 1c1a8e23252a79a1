/**
 * How the bytes of an update come to the job, and where its changes go.
 *
 * @module
 */
import type { IoMode, RunOptions } from "../options.ts";
import type { PlanInput } from "../plan.ts";
import { isNetworkFile, isSparse } from "../platform/file_system.ts";
import type { FileSource } from "../protocol.ts";
import type { RunUpdate } from "./run_update.ts";

/** Smaller files are read and sent before they are mapped. */
const MAP_BYTES_MIN = 64 * 1024 ** 2;

/** How a run that only reads would be carried out. */
export interface ReadingWay {
  readonly io: IoMode;
  /** Whether the coordinator must read for the threads. */
  readonly fed: boolean;
}

/**
 * Decides both.
 *
 * @param file Absent for what has no size.
 */
export async function chooseWay(
  update: RunUpdate,
  file: FileSource | undefined,
  options: RunOptions,
  { io, fed }: ReadingWay,
): Promise<Required<Pick<PlanInput, "io" | "update">>> {
  const { target, direct } = update;
  const counts = !direct;
  const mayStore = target !== undefined && !isSparse(target.path);
  // Memory that the coordinator has mapped is there for threads that may open no file as well. But a store into a
  // hole ends the process where the disk is full; and tmpfs fills holes that are only loaded from.
  const isAsked = options.io === "map" ||
    (fed && mayStore && mayBeMapped(update, options.io));
  const maps = direct && file !== undefined &&
    (io === "map" || (isAsked && await canMap(file, options)));
  if (maps) return { io: "map", update: { kind: "mapped", counts, mayStore } };
  if (target === undefined) {
    return { io, update: { kind: "send", exact: true, counts } };
  }
  if (fed) return { io, update: { kind: "send", exact: false, counts } };
  return { io, update: { kind: "write", target, counts } };
}

/** Whether a file that is changed in place by threads that may not open it is mapped for them, unless something else is asked for. */
function mayBeMapped(
  { target, direct }: RunUpdate,
  io: RunOptions["io"] = "auto",
): boolean {
  return direct && io === "auto" && target !== undefined &&
    target.byteLength >= MAP_BYTES_MIN && !isNetworkFile(target.path);
}

async function canMap(
  file: FileSource,
  { io, onNote }: RunOptions,
): Promise<boolean> {
  const { whyNotMapped } = await import("../engine/probe_mapping.ts");
  const refusal = await whyNotMapped(file);
  if (refusal !== undefined && io === "map") {
    onNote?.(`${refusal}; reading the file into memory instead`);
  }
  return refusal === undefined;
}
