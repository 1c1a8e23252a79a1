/** Servers that lie, stall, move and break: the right result, or an error that says what was wrong. */
import process from "node:process";
import { afterEach, describe, expect, it } from "vitest";
import { countFile, hashFile } from "../src/operations.ts";
import type { RunOptions } from "../src/options.ts";
import { remoteFingerprint } from "../src/remote/fingerprint.ts";
import { runOwnJob } from "../src/engine.ts";
import {
  breakOff,
  type Exchange,
  type Lie,
  startServer,
  type TestServer,
} from "./http_server.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const KIB = 1024;
const BYTES = seededBytes(300 * KIB + 17, 3);
const LINES = BYTES.reduce((sum, byte) => sum + (byte === 0x0a ? 1 : 0), 0);
/** So that there are several requests and workers. */
const RUN: RunOptions = {
  workers: 2,
  inlineBytes: 0,
  remote: { chunkBytes: 64 * KIB, retries: 2 },
};

const files = temporaryFiles();
const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(lie?: Lie): Promise<TestServer> {
  const server = await startServer(BYTES, lie);
  open.push(server);
  return server;
}

/** A lie about all but the first request, which asks for the first byte. */
function later(lie: (exchange: Exchange) => boolean | void): Lie {
  return (exchange) => exchange.index > 0 && lie(exchange);
}

interface Wanted {
  readonly code: string;
  readonly text: RegExp;
}

async function expectFailure(lie: Lie, wanted: Wanted, run = RUN) {
  const server = await serve(lie);
  const error = await countFile(server.url, run).then(
    ({ count }) => {
      throw new Error(`it counted ${count}`);
    },
    (error) => error,
  );
  expect(error).toMatchObject({ code: wanted.code, file: server.url });
  expect(error.message).toMatch(wanted.text);
  return { server, error };
}

describe("an answer that is not what was asked for ends the run", () => {
  const cases: Record<string, Wanted & { lie: Lie }> = {
    "a range that is ignored later": {
      lie: later(({ headers }) => {
        delete headers["content-range"];
        return false;
      }),
      code: "ERR_REMOTE",
      text: /no Content-Range: expected bytes \[/,
    },
    "the whole object in the place of a range": {
      lie: later((exchange) => {
        exchange.status = 200;
      }),
      code: "ERR_REMOTE",
      text: /ignores ranges \(200\): expected 206 with bytes \[/,
    },
    "another range": {
      lie: later(({ headers, range }) => {
        headers["content-range"] = `bytes ${range!.start + 1}-${
          range!.end
        }/${BYTES.length}`;
      }),
      code: "ERR_REMOTE",
      text: /the server sends bytes \[1, .* expected bytes \[0,/,
    },
    "another size": {
      lie: later(({ headers, range }) => {
        headers["content-range"] = `bytes ${range!.start}-${range!.end - 1}/${
          BYTES.length + 1
        }`;
      }),
      code: "ERR_REMOTE",
      text: /has 307,218 bytes: expected 307,217/,
    },
    "another length": {
      lie: later(({ headers, response, bytes }) => {
        headers["content-length"] = String(bytes.length - 1);
        response.writeHead(206, headers);
        response.end(bytes.subarray(1));
        return true;
      }),
      code: "ERR_REMOTE",
      text: /sends [\d,]+ bytes: expected [\d,]+, which are/,
    },
    "a body that is always too short": {
      lie: later(({ headers, response, bytes }) => {
        delete headers["content-length"];
        response.writeHead(206, headers);
        response.end(bytes.subarray(0, bytes.length - 2));
        return true;
      }),
      code: "ERR_REMOTE",
      text: /sent less than it said, 3 times in a row/,
    },
    "an endless body": {
      lie: later(({ headers, response, bytes }) => {
        delete headers["content-length"];
        response.writeHead(206, headers);
        const more = () => {
          if (!response.destroyed) response.write(bytes, () => more());
        };
        more();
        return true;
      }),
      code: "ERR_REMOTE",
      text: /sends more than was asked for: expected bytes \[/,
    },
    "packed bytes": {
      lie: ({ headers }) => {
        headers["content-encoding"] = "gzip";
        headers["content-length"] = "1";
      },
      code: "ERR_REMOTE",
      text: /packed with gzip: expected its own bytes/,
    },
    "a first byte of another place": {
      lie: ({ headers }) => {
        headers["content-range"] = "bytes 5-5/300";
      },
      code: "ERR_REMOTE",
      text: /answered 206 and bytes 5-5\/300: expected 206 and bytes 0-0/,
    },
  };
  for (const [what, { lie, ...wanted }] of Object.entries(cases)) {
    it(what, async () => {
      await expectFailure(lie, wanted);
    });
  }
});

describe("an object that changes ends the run for good", () => {
  it("412: it is not asked for again", async () => {
    const { server } = await expectFailure((exchange) => {
      if (exchange.index === 2) open[0]!.etag = '"two"';
      if (exchange.index >= 2) exchange.status = 412;
    }, { code: "ERR_FILE_CHANGED", text: /another ETag \(412/ });
    const ranges = server.requests.map(({ range }) => range);
    expect(new Set(ranges).size).toBe(ranges.length);
    for (const { "if-match": ifMatch } of server.requests.slice(1)) {
      expect(ifMatch).toBe('"one"');
    }
  });

  it("another ETag, although If-Match was sent", async () => {
    await expectFailure(
      later(({ headers }) => {
        headers["etag"] = '"two"';
      }),
      { code: "ERR_FILE_CHANGED", text: /ETag is "two", and was "one"/ },
    );
  });

  it("an object that is not the one that was expected", async () => {
    const server = await serve();
    const count = (etag: string, size: number) =>
      runOwnJob({
        path: server.url,
        job: { builtin: "count" },
        jobOptions: {},
        options: RUN,
        internals: { expect: { etag, size } },
      });
    await expect(count('"one"', BYTES.length)).resolves.toMatchObject({
      result: { count: LINES },
    });
    const changed = { code: "ERR_FILE_CHANGED" };
    await expect(count('"zero"', BYTES.length)).rejects.toMatchObject(changed);
    await expect(count('"one"', 5)).rejects.toMatchObject(changed);
  });

  it("an object that is gone in the middle", async () => {
    await expectFailure(
      (exchange) => {
        if (exchange.index > 1) exchange.status = 404;
      },
      { code: "ENOENT", text: /no such object \(404/ },
    );
  });
});

describe("failures that pass are got over", () => {
  const lies: Record<string, Lie> = {
    "a connection that is dropped in the middle": (exchange) =>
      exchange.index === 2 && breakOff(exchange, 30_000),
    "one that is dropped before any answer": ({ index, response }) => {
      if (index !== 2) return false;
      response.destroy();
      return true;
    },
    "500": (exchange) => {
      if (exchange.index === 2) exchange.status = 500;
    },
    "503 with Retry-After": (exchange) => {
      if (exchange.index !== 1) return;
      exchange.status = 503;
      exchange.headers["retry-after"] = "0";
    },
    "429 at the very beginning": (exchange) => {
      if (exchange.index === 0) exchange.status = 429;
    },
    "a short body": ({ index, headers, response, bytes }) => {
      if (index !== 3) return false;
      delete headers["content-length"];
      response.writeHead(206, headers);
      response.end(bytes.subarray(0, 999));
      return true;
    },
  };
  for (const [what, lie] of Object.entries(lies)) {
    it(what, async () => {
      const server = await serve(lie);
      const { count } = await countFile(server.url, RUN);
      expect(count).toBe(LINES);
    });
  }

  it("reading goes on at the byte that was reached", async () => {
    const server = await serve((exchange) =>
      exchange.index === 1 && breakOff(exchange, 30_000)
    );
    await hashFile(server.url, { ...RUN, remote: { requests: 1 } });
    const [, first, second] = server.requests.map(({ range }) => String(range));
    expect(first).toMatch(/^bytes=0-/);
    const start = Number(/=(\d+)-/.exec(second ?? "")?.[1]);
    // What is on its way when a connection breaks may or may not arrive.
    expect(start).toBeLessThanOrEqual(30_000);
    expect(second).toBe(`bytes=${start}-${BYTES.length - 1}`);
  });

  it("a server that keeps silent is asked again, and not for ever", async () => {
    const stalls: Lie = later(({ response, headers, bytes }) => {
      response.writeHead(206, headers);
      response.write(bytes.subarray(0, 10));
      return true;
    });
    const remote = { timeoutMs: 50, retries: 1, requests: 1 };
    await expectFailure(stalls, {
      code: "ERR_REMOTE",
      text: /sent nothing for 0.05 s, 2 times in a row/,
    }, { ...RUN, remote });
    const server = await serve((exchange) =>
      exchange.index === 1 ? stalls(exchange) : false
    );
    // Long enough for an honest answer on a busy machine.
    const patient = { timeoutMs: 200, retries: 5, requests: 1 };
    const run = { ...RUN, remote: patient };
    expect((await countFile(server.url, run)).count).toBe(LINES);
  });

  it("a server that never answers is given up", async () => {
    await expectFailure(() => true, {
      code: "ERR_REMOTE",
      text: /sent nothing for 0.05 s, 2 times in a row/,
    }, { ...RUN, remote: { timeoutMs: 50, retries: 1 } });
  });

  it("a signal ends the waiting", async () => {
    const server = await serve(later(() => true));
    const stop = new AbortController();
    const counting = countFile(server.url, { ...RUN, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(counting).rejects.toThrow("enough");
    const stopLater = new AbortController();
    const waiting = countFile(server.url, {
      ...RUN,
      signal: stopLater.signal,
    });
    server.lie = () => {
      stopLater.abort(new Error("enough"));
      return true;
    };
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("failures that stay end the run", () => {
  it("404, 403 and 401 at the beginning have names that users know", async () => {
    for (
      const [status, code] of [[404, "ENOENT"], [410, "ENOENT"], [
        403,
        "EACCES",
      ], [401, "EACCES"]] as const
    ) {
      const { server } = await expectFailure((exchange) => {
        exchange.status = status;
      }, { code, text: new RegExp(`\\(${status}`) });
      expect(server.requests).toHaveLength(1);
    }
  });

  it("500 again and again, and 400 at once", async () => {
    const { server } = await expectFailure((exchange) => {
      exchange.status = 500;
    }, {
      code: "ERR_REMOTE",
      text: /answered 500 Internal Server Error, 3 times in a row/,
    });
    expect(server.requests).toHaveLength(3);
    const bad = await expectFailure((exchange) => {
      exchange.status = 400;
    }, { code: "ERR_REMOTE", text: /answered 400 Bad Request: expected 20/ });
    expect(bad.server.requests).toHaveLength(1);
  });

  it("nobody listens", async () => {
    const server = await serve();
    await server.close();
    open.pop();
    await expect(countFile(server.url)).rejects.toMatchObject({
      code: "ERR_REMOTE",
      message: expect.stringMatching(/cannot reach 127.*: connection refused$/),
    });
  });

  it("a body of a server without ranges that breaks off", async () => {
    await expectFailure((exchange) => {
      exchange.status = 200;
      delete exchange.headers["content-range"];
      exchange.headers["content-length"] = String(BYTES.length);
      return breakOff({ ...exchange, bytes: BYTES }, 100_000);
    }, {
      code: "ERR_REMOTE",
      text:
        /cannot go on at [\d,]+ as the server has no ranges: expected 307,217/,
    });
  });
});

describe("redirects", () => {
  /** Sends whoever asks for `/object.bin` to another place. */
  const redirectTo = (location: string): Lie => ({ response }) => {
    response.writeHead(302, { location });
    response.end();
    return true;
  };

  it("are followed, and the place that they lead to is asked from then on", async () => {
    const end = await serve();
    const server = await serve(redirectTo(end.url));
    const { count } = await countFile(server.url, RUN);
    expect(count).toBe(LINES);
    expect(server.requests).toHaveLength(1);
    expect(end.requests.length).toBeGreaterThan(2);
  });

  it("a place that has closed meanwhile is looked for again", async () => {
    const end = await serve((exchange) => {
      if (exchange.index === 2) exchange.status = 403;
    });
    const server = await serve(redirectTo(end.url));
    const remote = { chunkBytes: 64 * KIB, requests: 1 };
    const { count } = await countFile(server.url, { ...RUN, remote });
    expect(count).toBe(LINES);
    expect(server.requests).toHaveLength(2);
  });

  it("credentials go to the host that they are for, and no other", async () => {
    const end = await serve();
    const server = await serve(redirectTo(end.url));
    const url = server.url.replace("://", "://user:p%40ss@");
    const { file } = await countFile(url, RUN);
    expect(file).toBe(server.url);
    const basic = Buffer.from("user:p@ss").toString("base64");
    expect(server.requests[0]?.authorization).toBe(`Basic ${basic}`);
    for (const { authorization } of end.requests) {
      expect(authorization).toBeUndefined();
    }
  });

  it("passwords come from the file of NETRC, by the name of the host", async () => {
    const path = files.make(
      "# passwords\nmachine 127.0.0.2 login no password no\n" +
        "machine 127.0.0.1\n  login user\n  password p@ss\n" +
        "macdef init\nmachine 127.0.0.1 login x password y\n\n" +
        "default login everybody password secret\n",
    );
    const before = process.env["NETRC"];
    process.env["NETRC"] = path;
    try {
      const server = await serve();
      await countFile(server.url, RUN);
      expect(server.requests[0]?.authorization).toBe(
        `Basic ${Buffer.from("user:p@ss").toString("base64")}`,
      );
      const other = server.url.replace("127.0.0.1", "localhost");
      await countFile(other, { remote: { retries: 0 } }).catch(() => {});
      const named = server.requests.filter(({ host }) =>
        host?.startsWith("localhost")
      );
      for (const { authorization } of named) {
        expect(authorization).toBeUndefined();
      }
    } finally {
      if (before === undefined) delete process.env["NETRC"];
      else process.env["NETRC"] = before;
    }
  });

  it("loops end", async () => {
    const server = await serve();
    server.lie = redirectTo(server.url);
    await expect(countFile(server.url)).rejects.toMatchObject({
      code: "ERR_REMOTE",
      message: expect.stringContaining("redirects again and again"),
    });
  });

  it("lead neither to files nor to hosts that are not allowed", async () => {
    const server = await serve(redirectTo("file:///etc/passwd"));
    await expect(countFile(server.url)).rejects.toMatchObject({
      code: "ERR_REMOTE",
      message: expect.stringContaining("no URL of the web"),
    });
    const end = await serve();
    server.lie = redirectTo(end.url);
    const allowHosts = [new URL(server.url).host];
    await expect(countFile(server.url, { remote: { allowHosts } })).rejects
      .toMatchObject({
        code: "ERR_REMOTE",
        message: expect.stringContaining("may not be asked"),
      });
    expect(end.requests).toHaveLength(0);
  });
});

describe("what cannot be asked", () => {
  it("a password in the clear, a URL that is none, options out of range", async () => {
    await expect(countFile("http://u:p@example.com/x")).rejects.toThrow(
      'Cannot send a password as it must go over https, or to this machine: received "http://example.com"',
    );
    await expect(countFile("https://")).rejects.toThrow(
      'Cannot fetch an object as its URL must be valid: received "https://"',
    );
    const server = await serve();
    for (
      const remote of [{ requests: 0 }, { chunkBytes: 1 }, { timeoutMs: 0.5 }, {
        retries: -1,
      }]
    ) {
      await expect(countFile(server.url, { remote })).rejects.toThrow(
        RangeError,
      );
    }
  });

  it("remoteFingerprint() of what has a signature in its URL", async () => {
    const server = await serve();
    await expect(remoteFingerprint(`${server.url}?X-Amz-Signature=abc`))
      .rejects.toMatchObject({
        code: "ERR_REMOTE",
        file: `${server.url}?X-Amz-Signature=***`,
      });
  });
});
