/**
 * A reporter of vitest that keeps a file with what is running: a test that blocks its thread reports nothing, and
 * no time limit of vitest's reaches it. `scripts/test.mjs` reads the file when the suite has been silent too long.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";

const path = process.env.SABMAP_RUNNING;

export default class RunningReporter {
  /** Last test heard of, by module. */
  #running = new Map();

  onTestModuleStart({ relativeModuleId }) {
    this.#note(relativeModuleId, "no test yet");
  }

  onTestCaseReady({ module, fullName }) {
    this.#note(module.relativeModuleId, fullName);
  }

  onTestModuleEnd({ relativeModuleId }) {
    this.#running.delete(relativeModuleId);
    this.#write();
  }

  #note(module, test) {
    this.#running.set(module, test);
    this.#write();
  }

  #write() {
    if (path === undefined) return;
    const lines = [...this.#running].map((pair) => pair.join(" > "));
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  }
}
