// The distances by which src/kernels/assembly/crc.ts moves bytes: checks them, and finds others.
//
//     node scripts/crc_relations.mjs                                those of the source; exit code 1 if one is wrong
//     node scripts/crc_relations.mjs find edb88320                  32 bits, three distances: seconds
//     node scripts/crc_relations.mjs find c96c5795d7870f42          64 bits, seven distances: a minute, 2 GB
//
// Distances a, b ... far are right for a polynomial P, where y = x^8, if modulo P
//
//     y^far = y^(far - a) + y^(far - b) + ... + 1
//
// Three distances are found by looking y^far + y^e + 1 up among the powers. Seven are a sum of eight powers
// that is nothing, so two sums of four that are the same. Of all such sums, those that start with 17 zeros
// are made, of pairs that start alike, and sorted. That is enough to find many: times any power of y, a
// relation is one again, and each can be split in 35 ways.
//
// Which ones are taken: the nearest `far` for which no distance is below 1,200.
import { readFileSync } from "node:fs";

const DISTANCE_MIN = 1200;
/** Powers looked at. */
const REACH = { 32: 8192, 64: 4096 };
/** With which sums of four start that are made: zeros. */
const PREFIX_BITS = 17;
/** Sums that there is room for; there are 90 million. */
const SUMS_MAX = 2 ** 27;

const [command, digits] = process.argv.slice(2);
if (command === "find") {
  const bits = digits.length * 4;
  const powers = powersOfByte(BigInt(`0x${digits}`), bits, REACH[bits]);
  for (const distances of bits === 32 ? findThree(powers) : findSeven(powers)) {
    console.log(distances.join(" "));
  }
} else {
  checkSource();
}

/** `x^(8 * i)` modulo a reflected polynomial. */
function powersOfByte(polynomial, bits, count) {
  const powers = [];
  for (let power = 1n << BigInt(bits - 1); powers.length < count;) {
    powers.push(power);
    for (let bit = 0; bit < 8; bit++) {
      power = (power >> 1n) ^ ((power & 1n) * polynomial);
    }
  }
  return powers;
}

function checkSource() {
  const source = readFileSync(
    new URL("../src/kernels/assembly/crc.ts", import.meta.url),
    "utf8",
  );
  const polynomials = {
    Crc32: "edb88320",
    Crc32c: "82f63b78",
    Nvme: "9a6c9329ac4bc9b5",
    Xz: "c96c5795d7870f42",
  };
  for (const [name, digits] of Object.entries(polynomials)) {
    const pattern = new RegExp(
      `function sum${name}\\(.*\\n.*\\(\\d+, (.*), AT\\)`,
    );
    const distances = pattern.exec(source)[1].split(",").map(Number);
    const right = isRelation(
      distances,
      BigInt(`0x${digits}`),
      digits.length * 4,
    );
    console.log(
      `${name}: ${distances.join(" ")}: ${right ? "right" : "WRONG"}`,
    );
    if (!right) process.exitCode = 1;
  }
}

function isRelation(distances, polynomial, bits) {
  const far = Math.max(...distances);
  const powers = powersOfByte(polynomial, bits, far + 1);
  return distances.reduce((sum, a) => sum ^ powers[far - a], powers[far]) ===
    0n;
}

function* findThree(powers) {
  const exponents = new Map(powers.map((power, exponent) => [power, exponent]));
  for (let far = DISTANCE_MIN; far < powers.length; far++) {
    for (let low = 1; low < far - DISTANCE_MIN; low++) {
      const high = exponents.get(powers[far] ^ powers[low] ^ powers[0]);
      if (high > low && high <= far - DISTANCE_MIN) {
        yield [far - high, far - low, far];
      }
    }
  }
}

function findSeven(powers) {
  // Halves of 32 bits, as integers of 64 would be too slow.
  const high = Int32Array.from(powers, (power) => Number(power >> 32n) | 0);
  const low = Int32Array.from(
    powers,
    (power) => Number(power & 0xffffffffn) | 0,
  );
  const buckets = pairsByPrefix(high);
  const halves = new Int32Array(2 * SUMS_MAX);
  let length = 0;
  forSumsOfFour(buckets, (i, j, k, l) => {
    halves[length++] = low[i] ^ low[j] ^ low[k] ^ low[l];
    halves[length++] = high[i] ^ high[j] ^ high[k] ^ high[l];
  });
  const sums = new BigUint64Array(halves.buffer, 0, length / 2).sort();
  const twice = new Map();
  for (let i = 1; i < sums.length; i++) {
    // Looked up by the lower half, which is nearly enough.
    if (sums[i] === sums[i - 1]) {
      twice.set(Number(sums[i] & 0xffffffffn) | 0, []);
    }
  }
  forSumsOfFour(buckets, (i, j, k, l) => {
    twice.get(low[i] ^ low[j] ^ low[k] ^ low[l])?.push([i, j, k, l]);
  });
  return [...twice.values()].flatMap((fours) => distancesOf(fours, powers))
    .filter((distances) => distances[0] >= DISTANCE_MIN)
    .sort((a, b) => a.at(-1) - b.at(-1));
}

/** Pairs of exponents, the lower in front, by the first bits of the sum of their powers. */
function pairsByPrefix(high) {
  const buckets = Array.from({ length: 2 ** PREFIX_BITS }, () => []);
  for (let i = 0; i < high.length; i++) {
    for (let j = i + 1; j < high.length; j++) {
      buckets[(high[i] ^ high[j]) >>> (32 - PREFIX_BITS)].push(i * 65536 + j);
    }
  }
  return buckets;
}

/** Visits the sums that start with zeros, each once: exponents in order. */
function forSumsOfFour(buckets, visit) {
  for (const pairs of buckets) {
    // Pairs come by their lower exponents.
    for (let a = 0; a < pairs.length; a++) {
      const first = pairs[a], second = first & 65535;
      for (let b = a + 1; b < pairs.length; b++) {
        const other = pairs[b];
        if (other >>> 16 <= second) continue;
        visit(first >>> 16, second, other >>> 16, other & 65535);
      }
    }
  }
}

/** The distances that sums of four stand for which are the same. */
function distancesOf(fours, powers) {
  const sumOf = (exponents) =>
    exponents.reduce((sum, i) => sum ^ powers[i], 0n);
  return fours.flatMap((first, i) =>
    fours.slice(i + 1).flatMap((second) => {
      const exponents = [...first, ...second].sort((a, b) => b - a);
      if (sumOf(exponents) !== 0n) return [];
      return [exponents.slice(1).map((exponent) => exponents[0] - exponent)];
    })
  );
}
