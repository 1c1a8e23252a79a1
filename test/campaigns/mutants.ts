/**
 * Changes of the protocol's text that take one sync, check or order away: tests must notice each of them.
 */
import type { Mutant } from "./protocol.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "no sync of the journal before its seal",
    file: "journal_writer",
    find: "what it vouches for.\n    file.sync();",
    replace: "what it vouches for.",
  },
  {
    name: "no sync of the seal",
    file: "journal_writer",
    find: "    file.sync();\n    this.#place.files.syncFolder",
    replace: "    this.#place.files.syncFolder",
  },
  {
    name: "no sync of the folder before the file changes",
    file: "journal_writer",
    find: "    this.#place.files.syncFolder(this.#place.folder);\n",
    replace: "",
  },
  {
    name: "no sync of the file before its journal goes",
    file: "journaled",
    find: '    syncs.begin("data");\n',
    replace: "",
  },
  {
    name: "no sync of the folder when the journal has gone",
    file: "journaled",
    find: "    files.syncFolder(names.folder);\n",
    replace: "",
  },
  {
    name: "the journal goes before the file is synced",
    file: "journaled",
    find: "    yield* writeRecords(journal, target, side, syncs);\n",
    replace:
      "    yield* writeRecords(journal, target, side, syncs);\n  endJournal(target, commit);\n  if (1 > 0) return;\n",
  },
  {
    name: "the file is changed before its journal is sealed",
    file: "journaled",
    find: "    file = writer.seal();\n",
    replace:
      "    { const early = new Uint8Array(new SharedArrayBuffer(4)); target.file.read(early, 0, 1, 0); target.file.write(early.map((byte) => byte ^ 255) as typeof early, 0, 1, 0); target.file.write(early, 0, 1, 0); }\n    file = writer.seal();\n",
  },
  {
    name: "recovery writes nothing where the file looks right",
    file: "journaled",
    find: "    yield* writeRecords(journal, target, side, syncs);\n",
    replace:
      "  try {\n    yield* verifyRecords(journal, target, side);\n  } catch {\n    yield* writeRecords(journal, target, side, syncs);\n  }\n",
  },
  {
    name: "nothing is verified",
    file: "journaled",
    find: "  yield* verifyRecords(journal, target, side);\n",
    replace: "",
  },
  {
    name: "a failed sync is taken for a good one",
    file: "file_syncs",
    find: "    if (failed !== undefined) throw",
    replace: "    if (failed === this) throw",
  },
  {
    name: "the failure of an early sync is forgotten",
    file: "file_syncs",
    find: "this.#begun.find(",
    replace: "this.#begun.slice(-1).find(",
  },
  {
    name: "old bytes are not checked before the file changes",
    file: "journaled",
    find: '    yield* checkRecords(journal, target, "old");\n',
    replace: "",
  },
  {
    name: "a replaced file is not noticed",
    file: "journaled",
    find: "    yield* recheck();\n    target.requireSame();\n",
    replace: "    yield* recheck();\n",
  },
  {
    name: "expectations are not checked again",
    file: "journaled",
    find: "    yield* recheck();\n",
    replace: "",
  },
  {
    name: "the length is not checked while the file changes",
    file: "apply",
    find: "      target.requireNotCut();\n",
    replace: "",
  },
  {
    name: "a withdrawn journal is left",
    file: "journaled",
    find: "    discard();\n    return error;\n",
    replace: "    return error;\n",
  },
  {
    name: "recovery does not look at the bytes",
    file: "recover",
    find: '    yield* checkRecords(journal, target, "either");\n',
    replace: "",
  },
  {
    name: "recovery takes whole records only",
    file: "apply",
    find:
      '  if (accepted !== "either" || wrong === byteLength) return wrong;\n',
    replace:
      '  if (accepted !== "either" || wrong === byteLength) return wrong;\n  if (1 > 0) return firstDifference(window.bytes, at, bytes, newAt, byteLength);\n',
  },
  {
    name: "recovery does not sync the journal",
    file: "recover",
    find: "    syncJournal(journal, file, target);\n",
    replace: "",
  },
  {
    name: "recovery does not write the seal again",
    file: "recover",
    find:
      "  file.write(block, 0, BLOCK_BYTES, BLOCK_BYTES + seal.frameBytes);\n",
    replace: "",
  },
  {
    name: "recovery does not sync the folder first",
    file: "recover",
    find: "  file.sync();\n  files.syncFolder(names.folder);\n",
    replace: "  file.sync();\n",
  },
  {
    name: "an unsealed journal is not discarded",
    file: "recover",
    find: '    if (state.kind === "unsealed") return removeJournal(target);\n',
    replace:
      '    if (state.kind === "unsealed") throw refusal(names.journal, "no");\n',
  },
  {
    name: "any seal will do",
    file: "journal_format",
    find:
      "  if (view.getBigUint64(0, true) !== SEAL_MAGIC) return undefined;\n",
    replace: "",
  },
  {
    name: "frames need not be whole",
    file: "journal_reader",
    find: "byteLength > count || !isFrameWhole(bytes, header)",
    replace: "byteLength > count || (1 > 2 && !isFrameWhole(bytes, header))",
    also: {
      find: "digest.finish() !== seal.digest",
      replace: "(1 > 2 && digest.finish() !== seal.digest)",
    },
  },
  {
    name: "the owner of a journal does not matter",
    file: "recover",
    find: "  if (!isOfKnown && usual?.owner !== details.owner) {",
    replace: "  if (details.owner < 0) {",
  },
  {
    name: "the mode of a journal does not matter",
    file: "recover",
    find: "  if (!isPrivate && (usual?.mode ?? 0) !== details.mode) {",
    replace: "  if (details.mode < 0) {",
  },
  {
    name: "the links of a journal do not matter",
    file: "recover",
    find: "  if (details.links !== 1) {\n    throw",
    replace: "  if (details.links < 0) {\n    throw",
  },
  {
    name: "the inode in a journal does not matter",
    file: "recover",
    find: "  if (!isSameInode(header.inode, opened.inode)) {",
    replace: "  if (header.inode < 0n) {",
  },
  {
    name: "the length in a journal does not matter",
    file: "recover",
    find: "  if (header.byteLength !== opened.byteLength) {",
    replace: "  if (header.byteLength < 0) {",
  },
  {
    name: "a copy is not synced before it takes the file's place",
    file: "copied",
    find: '    syncs.begin("all");\n',
    replace: "",
  },
  {
    name: "a copy takes the place of a file that was written to",
    file: "copied",
    find: "    target.requireUnwritten();\n",
    replace: "",
  },
  {
    name: "no sync of the folder after the rename",
    file: "copied",
    find: "    }\n    files.syncFolder(names.folder);\n",
    replace: "    }\n",
  },
];
