/**
 * What the steps of a run share once it is planned.
 *
 * @module
 */
import type { Backend } from "../kernels/kernels.ts";
import type { ArenaLayout } from "../memory/arena.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { RunOptions } from "../options.ts";
import type { Plan } from "../plan.ts";
import type { Pool } from "../pool.ts";
import type { JobRef } from "../protocol.ts";
import type { Source } from "../source.ts";
import type { RunTracer } from "../trace/run_tracer.ts";
import type { JobSteps } from "./job_steps.ts";

/** A run with its source, plan, arena and threads. */
export interface PlannedRun {
  readonly id: number;
  readonly source: Source;
  readonly steps: JobSteps;
  readonly jobRef: JobRef;
  readonly jobOptions: unknown;
  readonly options: RunOptions;
  readonly startedAt: number;
  /** Absent unless a trace is asked for. */
  readonly tracer: RunTracer | undefined;
  readonly plan: Plan;
  /** Absent where the calling thread does the work. */
  readonly pool: Pool | undefined;
  readonly layout: ArenaLayout;
  readonly memory: WebAssembly.Memory;
  readonly control: ControlBlock;
  readonly backend: Backend;
  /** The compiled SIMD kernels; absent for the scalar backend. */
  readonly kernels: WebAssembly.Module | undefined;
}

/** What scanning leaves to `finish`, besides the merged partial. */
export interface Scanned {
  /** Results of all lanes, by name. */
  readonly lanes: Record<string, unknown>;
  readonly byteLength: number;
}
