/**
 * Web servers for tests, which do as they should until they are told to lie.
 *
 * @module
 */
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";

/** One request, with what an honest server would answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** How many requests there were before. */
  readonly index: number;
  /** The range that is asked for; `undefined` for all. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  /** Bytes of that range. */
  readonly bytes: Uint8Array;
  /** The status and headers of an honest answer; a lie may change them. */
  status: number;
  readonly headers: Record<string, string>;
}

/** Changes what is answered. @returns True if it has answered itself. */
export type Lie = (exchange: Exchange) => boolean | void;

/** A server that is running. */
export interface TestServer {
  /** Of the object. */
  readonly url: string;
  /** Ranges and other headers of the requests so far. */
  readonly requests: IncomingMessage["headers"][];
  /** What is served. */
  bytes: Uint8Array;
  etag: string;
  lie: Lie;
  close(): Promise<void>;
}

/** Serves one object under every path. */
export async function startServer(
  bytes: Uint8Array,
  lie: Lie = () => {},
): Promise<TestServer> {
  const http = createServer((request, response) =>
    answer(server, request, response)
  );
  // Connections that are lost on purpose are no errors of the test.
  http.on("clientError", () => {});
  await new Promise<void>((resolve) =>
    http.listen(0, "127.0.0.1", () => resolve())
  );
  const address = http.address();
  const port = typeof address === "object" && address !== null
    ? address.port
    : 0;
  const server: TestServer = {
    url: `http://127.0.0.1:${port}/object.bin`,
    requests: [],
    bytes,
    etag: '"one"',
    lie,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}

function answer(
  server: TestServer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.on("error", () => {});
  const index = server.requests.push(request.headers) - 1;
  const exchange = honestAnswer(server, request, response, index);
  if (server.lie(exchange) === true) return;
  const { status, headers, bytes } = exchange;
  response.writeHead(status, headers);
  response.end(status < 300 ? bytes : undefined);
}

function honestAnswer(
  { bytes, etag }: TestServer,
  request: IncomingMessage,
  response: ServerResponse,
  index: number,
): Exchange {
  const { range: text = "", "if-match": ifMatch = etag } = request.headers;
  const range = parseRange(text, bytes.length);
  const part = bytes.subarray(range?.start, range?.end);
  const isSame = ifMatch === etag;
  const isEmpty = range !== undefined && range.start >= bytes.length;
  const status = !isSame ? 412 : isEmpty ? 416 : range ? 206 : 200;
  const headers: Record<string, string> = { etag };
  if (status < 300) headers["content-length"] = String(part.length);
  if (status === 206 && range !== undefined) {
    headers["content-range"] = `bytes ${range.start}-${
      range.end - 1
    }/${bytes.length}`;
  }
  if (status === 416) headers["content-range"] = `bytes */${bytes.length}`;
  return { request, response, index, range, bytes: part, status, headers };
}

function parseRange(text: string, size: number): Exchange["range"] {
  const found = /^bytes=(\d+)-(\d+)$/.exec(text);
  if (found === null) return undefined;
  const start = Number(found[1]);
  return { start, end: Math.max(start, Math.min(size, Number(found[2]) + 1)) };
}

/** Sends only so many bytes of the body and then breaks the connection. */
export function breakOff(
  { response, status, headers, bytes }: Exchange,
  byteLength: number,
): true {
  response.writeHead(status, headers);
  response.write(bytes.subarray(0, byteLength), () => response.destroy());
  return true;
}
