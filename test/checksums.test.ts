import { rounds } from "./effort.ts";
import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  checksum,
  CHECKSUM_NAMES,
  type ChecksumName,
  crc16,
} from "../src/binary/checksums.ts";
import { crc } from "../src/binary/crc.ts";
import {
  CRC16_PARAMETERS,
  OTHER_CRC_PARAMETERS,
} from "../src/binary/crc_catalogue.ts";
import { seededBytes } from "./temporary.ts";

const SEED = 20261121;
const CHECK_INPUT = new TextEncoder().encode("123456789");

/** "check" and "residue" of the RevEng catalogue, https://reveng.sourceforge.io/crc-catalogue/all.htm */
const CATALOGUE: readonly (readonly [ChecksumName, number, number])[] = [
  ["crc8", 0xf4, 0x00],
  ["crc8-autosar", 0xdf, 0x42],
  ["crc8-bluetooth", 0x26, 0x00],
  ["crc8-cdma2000", 0xda, 0x00],
  ["crc8-darc", 0x15, 0x00],
  ["crc8-dvb-s2", 0xbc, 0x00],
  ["crc8-i-432-1", 0xa1, 0xac],
  ["crc8-maxim-dow", 0xa1, 0x00],
  ["crc8-rohc", 0xd0, 0x00],
  ["crc8-sae-j1850", 0x4b, 0xc4],
  ["crc16-arc", 0xbb3d, 0x0000],
  ["crc16-aug-ccitt", 0xe5cc, 0x0000],
  ["crc16-ccitt-false", 0x29b1, 0x0000],
  ["crc16-cdma2000", 0x4c06, 0x0000],
  ["crc16-cms", 0xaee7, 0x0000],
  ["crc16-dds-110", 0x9ecf, 0x0000],
  ["crc16-dect-r", 0x007e, 0x0589],
  ["crc16-dect-x", 0x007f, 0x0000],
  ["crc16-dnp", 0xea82, 0x66c5],
  ["crc16-en-13757", 0xc2b7, 0xa366],
  ["crc16-genibus", 0xd64e, 0x1d0f],
  ["crc16-gsm", 0xce3c, 0x1d0f],
  ["crc16-iso-iec-14443-3-a", 0xbf05, 0x0000],
  ["crc16-kermit", 0x2189, 0x0000],
  ["crc16-lj1200", 0xbdf4, 0x0000],
  ["crc16-m17", 0x772b, 0x0000],
  ["crc16-maxim-dow", 0x44c2, 0xb001],
  ["crc16-mcrf4xx", 0x6f91, 0x0000],
  ["crc16-modbus", 0x4b37, 0x0000],
  ["crc16-nrsc-5", 0xa066, 0x0000],
  ["crc16-opensafety-a", 0x5d38, 0x0000],
  ["crc16-opensafety-b", 0x20fe, 0x0000],
  ["crc16-profibus", 0xa819, 0xe394],
  ["crc16-riello", 0x63d0, 0x0000],
  ["crc16-t10-dif", 0xd0db, 0x0000],
  ["crc16-teledisk", 0x0fb3, 0x0000],
  ["crc16-tms37157", 0x26b1, 0x0000],
  ["crc16-umts", 0xfee8, 0x0000],
  ["crc16-usb", 0xb4c8, 0xb001],
  ["crc16-x25", 0x906e, 0xf0b8],
  ["crc16-xmodem", 0x31c3, 0x0000],
  ["crc24", 0x21cf02, 0x000000],
  ["crc24-ble", 0xc25a56, 0x000000],
  ["crc32", 0xcbf43926, 0xdebb20e3],
  ["crc32-autosar", 0x1697d06a, 0x904cddbf],
  ["crc32-bzip2", 0xfc891918, 0xc704dd7b],
  ["crc32-cksum", 0x765e7680, 0xc704dd7b],
  ["crc32-jamcrc", 0x340bc6d9, 0x00000000],
  ["crc32-mpeg-2", 0x0376e6e7, 0x00000000],
  ["crc32-xfer", 0xbd0be338, 0x00000000],
  ["crc32c", 0xe3069283, 0xb798b438],
];

/** Of the text "abcde", "abcdef" and "abcdefgh", as papers and RFCs give them. */
const FLETCHER: readonly (readonly [string, number, number])[] = [
  ["abcde", 0xc8f0, 0xf04fc729],
  ["abcdef", 0x2057, 0x56502d2a],
  ["abcdefgh", 0x0627, 0xebe19591],
];

/** The definition of a CRC, bit by bit, in bigint: no masks, shifts or signs to get wrong. */
function naiveCrc(
  bytes: Uint8Array,
  { width, polynomial, initial = 0, reflectIn = false, ...rest }: Parameters<
    typeof crc
  >[0],
): number {
  const { reflectOut = reflectIn, xorOut = 0 } = rest;
  const top = 1n << BigInt(width);
  let register = BigInt(initial);
  for (const byte of bytes) {
    const bits = byte.toString(2).padStart(8, "0").split("");
    if (reflectIn) bits.reverse();
    for (const bit of bits) {
      const high = (register >> BigInt(width - 1)) ^ BigInt(bit);
      register = (register << 1n) % top;
      if (high === 1n) register ^= BigInt(polynomial);
    }
  }
  const digits = register.toString(2).padStart(width, "0").split("");
  if (reflectOut) digits.reverse();
  return Number(BigInt(`0b${digits.join("")}`) ^ BigInt(xorOut));
}

/** The sums by their definition, in bigint and with no blocks. */
const NAIVE_SUMS: Readonly<Record<string, (bytes: Uint8Array) => number>> = {
  adler32: (bytes) => twoSums(bytes, 1n, 65_521n, 16n),
  fletcher16: (bytes) => twoSums(bytes, 0n, 255n, 8n),
  fletcher32: (bytes) => twoSums(wordsOf(bytes), 0n, 65_535n, 16n),
  sum8: (bytes) => bytes.reduce((sum, byte) => sum + byte, 0) % 256,
  xor8: (bytes) => bytes.reduce((sum, byte) => sum ^ byte, 0),
};

function twoSums(
  values: Iterable<number>,
  first: bigint,
  modulus: bigint,
  bits: bigint,
): number {
  let low = first;
  let high = 0n;
  for (const value of values) {
    low = (low + BigInt(value)) % modulus;
    high = (high + low) % modulus;
  }
  return Number((high << bits) + low);
}

function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 2) {
    words.push(bytes[i]! + 256 * (bytes[i + 1] ?? 0));
  }
  return words;
}

function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

const CRCS = { ...CRC16_PARAMETERS, ...OTHER_CRC_PARAMETERS };
const CRC_NAMES = Object.keys(CRCS) as (keyof typeof CRCS)[];

describe("checksum()", () => {
  it.each(CATALOGUE)("%s gives the published check value", (name, check) => {
    expect(checksum(name)(CHECK_INPUT)).toBe(check);
    expect(checksum(name)(shared(CHECK_INPUT))).toBe(check);
  });

  it("has published values for all CRCs", () => {
    expect(CATALOGUE.map(([name]) => name).sort()).toEqual(CRC_NAMES.sort());
  });

  it.each(CATALOGUE)("%s leaves the published residue", (name, _, residue) => {
    const { width, reflectIn, xorOut = 0 } = CRCS[
      name as keyof typeof CRCS
    ];
    const update = checksum(name);
    const value = update(CHECK_INPUT);
    const trailer = Array.from(
      { length: width / 8 },
      (_, i) => (value >>> (8 * i)) & 255,
    );
    if (!reflectIn) trailer.reverse();
    const left = update(Uint8Array.from(trailer), value);
    // The catalogue takes residues before the final exclusive or, and of the register as it stands.
    const register = (left ^ xorOut) >>> 0;
    expect(register).toBe(residue);
  });

  it.each(FLETCHER)("fletcher16 and fletcher32 of %s", (text, in16, in32) => {
    const bytes = new TextEncoder().encode(text);
    expect(checksum("fletcher16")(bytes)).toBe(in16);
    expect(checksum("fletcher32")(bytes)).toBe(in32);
  });

  it("gives the published values of adler32, sum8 and xor8", () => {
    const wikipedia = new TextEncoder().encode("Wikipedia");
    expect(checksum("adler32")(wikipedia)).toBe(0x11e60398);
    // NMEA 0183: what stands between "$" and "*6A".
    const sentence =
      "GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W";
    expect(checksum("xor8")(new TextEncoder().encode(sentence))).toBe(0x6a);
    expect(checksum("sum8")(CHECK_INPUT)).toBe(0xdd);
  });

  it.each(
    [
      ["crc8-smbus", "crc8"],
      ["crc16", "crc16-arc"],
      ["crc16-ibm-3740", "crc16-ccitt-false"],
      ["crc16-ibm-sdlc", "crc16-x25"],
      ["crc16-spi-fujitsu", "crc16-aug-ccitt"],
      ["crc24-openpgp", "crc24"],
      ["crc32-iscsi", "crc32c"],
      ["crc32-iso-hdlc", "crc32"],
    ] as const,
  )("knows %s as another name of %s", (alias, name) => {
    expect(checksum(alias)).toBe(checksum(name));
    expect(CHECKSUM_NAMES).not.toContain(alias);
  });

  it("lists its names in order, each once", () => {
    expect(CHECKSUM_NAMES).toEqual(
      [...new Set([...CRC_NAMES, ...Object.keys(NAIVE_SUMS)])].sort(),
    );
  });

  const naive = (name: ChecksumName) =>
    NAIVE_SUMS[name] ??
      ((bytes: Uint8Array) => naiveCrc(bytes, CRCS[name as keyof typeof CRCS]));

  it.each(CHECKSUM_NAMES)(
    "%s agrees with its definition at every short length and offset",
    (name) => {
      const bytes = shared(seededBytes(40, SEED));
      for (let start = 0; start < 9; start++) {
        for (let end = start; end <= bytes.length; end++) {
          const slice = bytes.slice(start, end);
          const expected = naive(name)(slice);
          const where = `[${start}, ${end})`;
          expect(checksum(name)(bytes, undefined, start, end), where)
            .toBe(expected);
          expect(checksum(name)(bytes.subarray(start, end)), where)
            .toBe(expected);
        }
      }
    },
  );

  it.each(CHECKSUM_NAMES)(
    "%s agrees with its definition around every block size",
    (name) => {
      const bytes = shared(seededBytes(12_000, SEED));
      const ones = new Uint8Array(12_000).fill(255);
      for (
        const length of [
          ...[718, 719, 1023, 1024, 1025, 5551, 5552, 5553],
          ...[5802, 5803, 11_104, 12_000],
        ]
      ) {
        for (const source of [bytes, ones]) {
          expect(checksum(name)(source.subarray(0, length)), `${length} bytes`)
            .toBe(naive(name)(source.subarray(0, length)));
        }
      }
    },
  );

  it.each(CHECKSUM_NAMES)(
    "%s goes on from a seed, however the bytes are cut",
    (name) => {
      const bytes = shared(seededBytes(3000, SEED + 1));
      const whole = checksum(name)(bytes);
      const cuts = fc.array(fc.integer({ min: 0, max: 3000 }));
      fc.assert(
        fc.property(cuts, (inner) => {
          // Fletcher-32 is one of words: only the last piece may be odd.
          const ends = [0, ...inner.map((cut) => cut - cut % 2), 3000].sort((
            a,
            b,
          ) => a - b);
          let value: number | undefined;
          for (const [i, end] of ends.slice(1).entries()) {
            value = checksum(name)(bytes, value, ends[i], end);
          }
          expect(value).toBe(whole);
        }),
        { numRuns: rounds(20) },
      );
    },
  );

  it.each(CHECKSUM_NAMES)("%s of nothing is the seed", (name) => {
    const nothing = new Uint8Array(0);
    const first = checksum(name)(nothing);
    expect(checksum(name)(nothing, first)).toBe(first);
    expect(checksum(name)(nothing, 0)).toBe(0);
    expect(checksum(name)(CHECK_INPUT, first))
      .toBe(checksum(name)(CHECK_INPUT));
  });

  it("refuses what is no range, seed, name or bytes", () => {
    const bytes = seededBytes(2000, SEED);
    for (const name of CHECKSUM_NAMES) {
      const update = checksum(name);
      for (
        const [start, end] of [[-1, 4], [5, 4], [0, 2001], [0.5, 4], [0, 4.5], [
          0,
          NaN,
        ], [-1, 1500]]
      ) {
        expect(() => update(bytes, undefined, start, end), `${start}, ${end}`)
          .toThrow(/^Cannot compute a checksum as the range .*: received \[/);
      }
      for (const seed of [-1, 2 ** 32, 0.5, NaN]) {
        for (const end of [4, 2000]) {
          expect(() => update(bytes, seed, 0, end), `${seed}`).toThrow(
            new RegExp(`^Cannot go on .*: received ${seed}$`),
          );
        }
      }
      for (
        const wrong of [undefined, null, "text", [1, 2], new Uint16Array(2)]
      ) {
        expect(() => update(wrong as unknown as Uint8Array)).toThrow(TypeError);
      }
    }
    expect(() => checksum("crc8")(bytes, 256)).toThrow(RangeError);
    expect(() => checksum("crc16")(bytes, 65_536)).toThrow(RangeError);
    expect(() => checksum("fletcher16")(bytes, 65_536)).toThrow(RangeError);
    expect(() => checksum("sum8")(bytes, 256)).toThrow(RangeError);
  });

  it("names the nearest where there is no such checksum", () => {
    expect(() => checksum("crc16-modbuss" as ChecksumName)).toThrow(
      /^Cannot .* adler32, .*: received "crc16-modbuss" \(did you mean "crc16-modbus"\?\)$/,
    );
    for (const name of ["", "toString", "constructor", "__proto__"]) {
      expect(() => checksum(name as ChecksumName)).toThrow(RangeError);
      expect(() => crc16(CHECK_INPUT, name as "crc16-arc")).toThrow(RangeError);
    }
    expect(() => checksum(7 as unknown as ChecksumName)).toThrow(TypeError);
  });

  it.skipIf(spawnSync("python3", ["--version"]).status !== 0)(
    "agrees with Python's zlib and binascii, seeds too",
    () => {
      const script = `
import binascii, sys, zlib
b = sys.stdin.buffer.read()
print(zlib.crc32(b[:999]), zlib.crc32(b, 77), zlib.adler32(b), zlib.adler32(b, 77),
      binascii.crc_hqx(b, 0), binascii.crc_hqx(b, 77))`;
      const bytes = seededBytes(30_001, SEED);
      const { stdout } = spawnSync("python3", ["-c", script], { input: bytes });
      const [crc32, adler32, xmodem] = [
        checksum("crc32"),
        checksum("adler32"),
        checksum("crc16-xmodem"),
      ];
      expect(stdout.toString().trim().split(" ").map(Number)).toEqual([
        crc32(bytes.subarray(0, 999)),
        crc32(bytes, 77),
        adler32(bytes),
        adler32(bytes, 77),
        xmodem(bytes),
        xmodem(bytes, 77),
      ]);
    },
  );
});

describe("crc16()", () => {
  it("is CRC-16/ARC unless told otherwise", () => {
    expect(crc16(CHECK_INPUT)).toBe(0xbb3d);
    expect(crc16(CHECK_INPUT, "crc16-modbus")).toBe(0x4b37);
  });

  it("goes on from a seed", () => {
    const front = crc16(CHECK_INPUT.subarray(0, 4), "crc16-x25");
    expect(crc16(CHECK_INPUT.subarray(4), "crc16-x25", front)).toBe(0x906e);
  });

  it("takes no checksum of another width", () => {
    expect(() => crc16(CHECK_INPUT, "crc32" as "crc16-arc"))
      .toThrow(/crc16-arc, .*: received "crc32"/);
  });
});

describe("crc()", () => {
  it("agrees with the definition for any parameters, and goes on from a seed", () => {
    const parameters = fc.integer({ min: 1, max: 32 }).chain((width) => {
      const word = fc.integer({ min: 0, max: 2 ** width - 1 });
      return fc.record({
        width: fc.constant(width),
        polynomial: word,
        initial: word,
        xorOut: word,
        reflectIn: fc.boolean(),
        reflectOut: fc.boolean(),
      });
    });
    fc.assert(
      fc.property(
        parameters,
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(40),
        (each, bytes, cut) => {
          const update = crc(each);
          const expected = naiveCrc(bytes, each);
          expect(update(bytes)).toBe(expected);
          const front = update(bytes.subarray(0, cut));
          expect(update(bytes.subarray(cut), front)).toBe(expected);
        },
      ),
      { numRuns: rounds(500) },
    );
  });

  it("has the defaults it says", () => {
    const bytes = seededBytes(30, SEED);
    for (const reflectIn of [false, true]) {
      const short = { width: 12, polynomial: 0x80f, reflectIn };
      const long = { ...short, initial: 0, reflectOut: reflectIn, xorOut: 0 };
      expect(crc(short)(bytes)).toBe(naiveCrc(bytes, long));
    }
    expect(crc({ width: 12, polynomial: 0x80f, reflectOut: true })(CHECK_INPUT))
      .toBe(0xdaf); // CRC-12/UMTS
  });

  it.each([
    [{ width: 0, polynomial: 0 }, RangeError, /"width".* 1 to 32: received 0$/],
    [{ width: 33, polynomial: 0 }, RangeError, /"width".*: received 33$/],
    [{ width: 8.5, polynomial: 0 }, RangeError, /"width"/],
    [{ width: "8", polynomial: 0 }, TypeError, /"width".*: received "8"$/],
    [{ width: 8, polynomial: 256 }, RangeError, /"polynomial".* 0 to 255/],
    [{ width: 8 }, TypeError, /"polynomial".*: received undefined$/],
    [{ width: 8, polynomial: 7, initial: -1 }, RangeError, /"initial"/],
    [{ width: 8, polynomial: 7, xorOut: 256 }, RangeError, /"xorOut"/],
    [{ width: 8, polynomial: 7, reflectIn: 1 }, TypeError, /"reflectIn"/],
    [{ width: 8, polynomial: 7, reflectOut: 0 }, TypeError, /"reflectOut"/],
  ])("refuses %j", (parameters, type, text) => {
    const call = () => crc(parameters as Parameters<typeof crc>[0]);
    expect(call).toThrow(type);
    expect(call).toThrow(text);
  });
});
