/**
 * What is asked of everybody: the same work, whole commands, results that can be compared.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import {
  generatedFile,
  linesFile,
  randomFile,
  readThrough,
} from "../inputs.ts";
import { peakOf } from "../peak.ts";
import { twoCThreads } from "../rivals.ts";
import { jsonDigest, linesDigest } from "../stations.ts";
import type { Question, Rival } from "./contest.ts";
import { contender, processOn, programOn, tool } from "./programs.ts";
import { replaceQuestion } from "./replace.ts";
import {
  firstWord,
  firstWords,
  offsetsIn,
  sumOfLines,
  taggedDigest,
} from "./results.ts";
import {
  CORES,
  javascript,
  onEach,
  ours,
  pathOf,
  python,
  single,
} from "./rivals.ts";

/** What the questions are asked about. */
export interface QuestionSettings {
  /** Of the large files; those of questions that take long are shorter. */
  readonly byteLength: number;
  /** The Python that may have DuckDB and polars. */
  readonly python: string;
}

/** A phrase that is in one of 200 KiB of generated lines. */
const PHRASE = "word we the";
const SMALL_BYTES = 1024;
const SEGMENT_BYTES = 1024 ** 2;
/** One part of the file for each core. */
const PARALLEL = [
  "--will-cite",
  "-j",
  CORES,
  "--pipe-part",
  "--block",
  "-1",
  "-a",
];
const FOUR_DIGESTS = "md5,sha1,sha256,crc32";

/** All questions, in the order of the table. */
export function questions(settings: QuestionSettings): Question[] {
  const half = { ...settings, byteLength: settings.byteLength / 2 };
  return [
    lines(settings),
    find(settings),
    blake3(settings),
    sha256(half),
    crc32(settings),
    xxh3(settings),
    fourDigests(half),
    records(half),
    replaceQuestion(half.byteLength / 2),
    start("version", "`process --version`", ["--version"]),
    start("start", "`process hash` of 1 KiB", [
      "hash",
      randomFile(SMALL_BYTES),
    ]),
    memory(settings),
  ];
}

function lines({ byteLength }: QuestionSettings): Question {
  const path = linesFile(byteLength);
  const limit = twoCThreads("count", path, SEGMENT_BYTES);
  return {
    name: "lines",
    title: "lines of a file: `process count`",
    figure: "times",
    unit: "s",
    prepare: () => readThrough(path),
    ours: ours(["count", path], firstWord),
    rivals: [
      single("`wc -l`", tool("wc", ["-l", path], firstWord)),
      single("`rg -c ''`", tool("rg", ["-c", "-a", "", path], firstWord)),
      single("`grep -c ''`", tool("grep", ["-c", "-a", "", path], firstWord)),
      single(
        "GNU `parallel --pipe-part wc -l`",
        tool("parallel", [...PARALLEL, path, "wc", "-l"], sumOfLines),
      ),
      python("Python, `bytes.count`", ["lines", path], firstWord),
      python(
        "Python, `mmap` in as many processes as cores",
        ["mapped_lines", path, CORES],
        firstWord,
      ),
      javascript(
        "a stream's chunks and `indexOf`, on the same runtime",
        "bench/peers/chunked",
        [path],
        firstWord,
      ),
      javascript(
        "threads by hand, `readSync` and `indexOf`, on the same runtime",
        "bench/peers/thread_pool",
        [CORES, path],
        firstWord,
      ),
      single("two C threads (AVX2), without their start", {
        what: limit.what,
        missing: limit.missing,
        run: async () => {
          const { seconds, result } = await limit.run();
          return { value: seconds, result };
        },
      }),
    ],
  };
}

function find({ byteLength }: QuestionSettings): Question {
  const path = linesFile(byteLength);
  const only = ["-b", "-o", "-a", "-F", PHRASE, path];
  return {
    name: "find",
    title: "where a phrase occurs: `process find`",
    figure: "times",
    unit: "s",
    prepare: () => readThrough(path),
    ours: ours(["find", path, PHRASE], offsetsIn),
    rivals: [
      single("`rg -b -o -F`", tool("rg", ["-N", ...only], offsetsIn)),
      single("`grep -b -o -F`", tool("grep", only, offsetsIn)),
      python("Python, `mmap.find`", ["find", path, PHRASE], offsetsIn),
    ],
  };
}

/** What questions about digests have in common. */
function digest(
  name: string,
  title: string,
  { byteLength }: QuestionSettings,
  rivals: (path: string) => Rival[],
): Question {
  const path = randomFile(byteLength);
  return {
    name,
    title: `${title}: \`process hash\``,
    figure: "times",
    unit: "s",
    prepare: () => readThrough(path),
    ours: ours(["hash", "--algo", name, path], firstWord),
    rivals: rivals(path),
  };
}

function blake3(settings: QuestionSettings): Question {
  return digest("blake3", "BLAKE3", settings, (path) => [
    single("`b3sum`, all cores", tool("b3sum", [path], firstWord)),
    javascript(
      "hash-wasm, on the same runtime",
      "bench/hash_wasm",
      [path],
      firstWord,
    ),
  ]);
}

function sha256(settings: QuestionSettings): Question {
  return digest("sha256", "SHA-256, on one core", settings, (path) => [
    single("`sha256sum`", tool("sha256sum", [path], firstWord)),
    single(
      "`openssl sha256`",
      tool("openssl", ["dgst", "-sha256", "-r", path], firstWord),
    ),
    python("Python, `hashlib.file_digest`", ["sha256", path], firstWord),
  ]);
}

function crc32(settings: QuestionSettings): Question {
  const rhash = ["--crc32", "--simple"];
  return digest("crc32", "CRC-32", settings, (path) => [
    single("`rhash --crc32`", tool("rhash", [...rhash, path], firstWord)),
    python("Python, `zlib.crc32`", ["crc32", path], firstWord),
  ]);
}

function xxh3(settings: QuestionSettings): Question {
  return digest("xxh3", "XXH3, on one core", settings, (path) => [
    single("`xxhsum -H3`", tool("xxhsum", ["-H3", path], taggedDigest)),
  ]);
}

function fourDigests({ byteLength }: QuestionSettings): Question {
  const path = randomFile(byteLength);
  const format = "--printf=%{md5}\\n%{sha1}\\n%{sha-256}\\n%{crc32}\\n";
  return {
    name: "digests",
    title: "MD5, SHA-1, SHA-256 and CRC-32 in one pass: `process hash`",
    figure: "times",
    unit: "s",
    prepare: () => readThrough(path),
    ours: ours(["hash", "--algo", FOUR_DIGESTS, path], firstWords),
    rivals: [
      single(
        "`rhash` with all four",
        tool("rhash", [format, path], firstWords),
      ),
    ],
  };
}

function records({ byteLength, python }: QuestionSettings): Question {
  // Made before the first round: its name needs its length only.
  let path = "";
  const question = [
    ...["--delimiter", ";", "--names", "station,temp"],
    ...["--agg", "min,mean,max", "--of", "temp", "--group-by", "station"],
  ];
  const engine = (label: string, name: string): Rival => {
    const script = pathOf("bench/measurements_python.py");
    const isThere = spawnSync(python, [script, name, "--version"]).status === 0;
    const program = { command: python, args: [script, name, CORES] };
    return single(label, {
      what: label,
      missing: isThere ? undefined : `${python} has no ${name}`,
      run: () => contender(label, program, [path], linesDigest).run(),
    });
  };
  return {
    name: "records",
    title: "least, mean and most by station (1BRC): `process records`",
    figure: "times",
    unit: "s",
    prepare: async () => {
      path = await generatedFile("measurements", byteLength);
      readThrough(path);
    },
    ours: onEach((runtime) => {
      const what = `process records on ${runtime}`;
      return {
        what,
        run: () => {
          const args = ["records", path, ...question, "--json"];
          return contender(what, processOn(runtime), args, jsonDigest).run();
        },
      };
    }),
    rivals: [
      engine("DuckDB", "duckdb"),
      engine("polars", "polars"),
      {
        label: "threads in JavaScript, on the same runtime",
        on: onEach((runtime) => {
          const what = `JavaScript of the challenge on ${runtime}`;
          const program = programOn(runtime, "bench/measurements_rival");
          return {
            what,
            run: () =>
              contender(what, program, [CORES, path], linesDigest).run(),
          };
        }),
      },
    ],
  };
}

/** What our command takes longer than a program that does nothing. */
function start(
  name: string,
  title: string,
  args: readonly string[],
): Question {
  return {
    name,
    title: `${title}, longer than an empty program`,
    figure: "excess",
    unit: "s",
    ours: ours(args, firstWord),
    rivals: [{
      label: "milliseconds",
      on: onEach((runtime) => {
        const empty = programOn(runtime, "bench/empty");
        const silent = () => undefined;
        return contender(`nothing on ${runtime}`, empty, [], silent);
      }),
    }],
  };
}

function memory({ byteLength }: QuestionSettings): Question {
  const path = randomFile(byteLength);
  return {
    name: "memory",
    title: "most memory that `process hash` takes, MB",
    figure: "own",
    unit: "MB",
    ours: onEach((runtime) => ({
      what: `process hash on ${runtime}`,
      run: async () => {
        const peak = await peakOf(processOn(runtime), [
          "hash",
          "--quiet",
          path,
        ]);
        return { value: peak.megabytes, result: firstWord(peak.output) };
      },
    })),
    rivals: [],
  };
}
