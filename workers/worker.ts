/**
 * The entry of a worker thread.
 *
 * @module
 */
import { connectToParent } from "../src/platform/parent.ts";
import { serve } from "../src/worker.ts";

serve(connectToParent());
