/**
 * A real web server for tests: Debian's nginx with a configuration of its own, on a port of the loopback that is free.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { freePort } from "./free_port.ts";

/** Whether it is installed; tests that need it are skipped visibly where it is not. */
export const hasNginx: boolean =
  spawnSync("nginx", ["-v"], { stdio: "ignore" }).error === undefined;

/** A server that is running. */
export interface Nginx {
  /** Where the folder is, with a slash at its end. */
  readonly url: string;
  /** Lines of its log: status, range and `If-Match` of each request. */
  log(): string[];
  stop(): Promise<void>;
}

/** Ends the server when the pipe is closed, so that none is left of a test that was killed. */
const WRAPPER = `nginx -p "$1" -c "$2" & server=$!
{ read -r; kill -QUIT $server; } <&0 &
wait $server`;

/** Serves the files of a folder, until it is stopped. @param home A folder for what nginx writes. */
export async function startNginx(folder: string, home: string): Promise<Nginx> {
  for (let tries = 0;; tries++) {
    const port = await freePort();
    const config = configure(folder, home, port);
    const child = spawn("bash", ["-c", WRAPPER, "nginx", home, config], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    if (await answers(child, port)) return running(child, port, home);
    // Somebody else was quicker to take the port.
    if (tries === 5) throw new Error(`nginx does not start: ${home}`);
  }
}

function configure(folder: string, home: string, port: number): string {
  const path = join(home, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((what) => `  ${what}_temp_path ${home}/${what};\n`).join("");
  fs.writeFileSync(
    path,
    `daemon off;
master_process off;
pid ${home}/nginx.pid;
error_log ${home}/error.log;
events { worker_connections 256; }
http {
  types { application/octet-stream bin; text/plain txt; }
  gzip on;
  gzip_types text/plain application/octet-stream;
  log_format ranges '$status $http_range $http_if_match';
  access_log ${home}/access.log ranges;
${temporary}  server {
    listen 127.0.0.1:${port};
    location / { root ${folder}; }
    location /weak/ { alias ${folder}/; etag off; add_header ETag 'W/"1"'; }
    location /unranged/ { alias ${folder}/; max_ranges 0; }
    location /slow/ { alias ${folder}/; limit_rate 32m; }
    location /go/ { rewrite ^/go/(.*)$ /$1 redirect; }
  }
}
`,
  );
  return path;
}

/** @returns Whether it takes connections; false if it has ended. */
async function answers(child: ChildProcess, port: number): Promise<boolean> {
  while (child.exitCode === null) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      await response.body?.cancel();
      return response.headers.get("server")?.startsWith("nginx") === true;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return false;
}

function running(child: ChildProcess, port: number, home: string): Nginx {
  return {
    url: `http://127.0.0.1:${port}/`,
    log: () =>
      fs.readFileSync(join(home, "access.log"), "utf8").trimEnd().split("\n"),
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.stdin?.end();
      }),
  };
}
