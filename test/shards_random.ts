/** Random numbers from a seed, and files and questions made of them. */

/** Gives integers from 0 to below a bound. */
export type RandomSource = (bound: number) => number;

/** Makes a source: the same for the same seed. */
export function randomSource(seed: number): RandomSource {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** Lines of a name, a decimal and a number; some are odd. */
export function randomLines(byteLength: number, random: RandomSource): string {
  const lines: string[] = [];
  for (let length = 0; length < byteLength;) {
    const temperature = (random(1999) - 999) / 10;
    const number = [
      random(1000),
      random(2 ** 31) * 2 ** 30,
      random(100) / 7,
      -random(50),
    ][random(4)];
    const line = `st${random(37)};${temperature.toFixed(1)};${number}\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join("");
}
