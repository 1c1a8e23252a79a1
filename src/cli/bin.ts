#!/usr/bin/env node
/**
 * The program `process`, as npm installs it.
 *
 * @module
 */
import { main } from "./main.ts";
import { runProcess } from "./process_io.ts";

await runProcess(main);
