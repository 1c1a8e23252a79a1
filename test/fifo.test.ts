import { describe, expect, test } from "vitest";
import { Fifo } from "../src/fifo.ts";

describe("Fifo", () => {
  test("gives things in the order in which they came", () => {
    const queue = new Fifo<number>();
    const plain: number[] = [];
    let next = 0;
    // Up and down, beyond the length from which taken ones are forgotten.
    for (let round = 0; round < 400; round++) {
      for (let i = 0; i < round % 37; i++) {
        queue.push(next);
        plain.push(next++);
      }
      const count = round % 31;
      if (round % 3 === 0) {
        expect(queue.take(count)).toEqual(plain.splice(0, count));
      } else {
        for (let i = 0; i < count; i++) {
          expect(queue.shift()).toBe(plain.shift());
        }
      }
      expect(queue.length).toBe(plain.length);
      expect(queue.at(0)).toBe(plain[0]);
      expect(queue.at(5)).toBe(plain[5]);
      expect(queue.last).toBe(plain.at(-1));
    }
    expect(queue.take(Infinity)).toEqual(plain);
  });

  test("has nothing where nothing is left", () => {
    const queue = new Fifo<string>();
    queue.push("a");
    expect(queue.shift()).toBe("a");
    expect(queue.shift()).toBeUndefined();
    expect(queue.take(3)).toEqual([]);
    expect(queue.at(0)).toBeUndefined();
    expect(queue.at(-1)).toBeUndefined();
    expect(queue.last).toBeUndefined();
    expect(queue.length).toBe(0);
  });
});
