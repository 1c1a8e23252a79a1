/** The real tools that results are held against, where they are installed. */
import { spawnSync } from "node:child_process";

/** Whether a command can be started. */
export function hasTool(name: string): boolean {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).error ===
    undefined;
}

/** First word that a command prints. */
export function firstWord(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
  });
  if (status !== 0) {
    throw new Error(`${command} ended with ${status}: ${stderr}`);
  }
  return stdout.trim().split(/\s+/)[0] ?? "";
}
