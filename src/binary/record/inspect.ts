/**
 * What `console.log` prints of an object.
 *
 * @module
 */

type Inspect = (value: unknown, options: unknown) => string;

/**
 * Lets the objects of a class be printed as something else, on all three runtimes.
 *
 * @param prototype Of the class.
 * @param shown What to print in place of an object.
 */
export function printAs<Printed extends object>(
  prototype: Printed,
  shown: (printed: Printed) => unknown,
): void {
  define(prototype, "nodejs.util.inspect.custom", function () {
    return shown(this);
  });
  define(prototype, "Deno.customInspect", function (inspect, options) {
    return inspect(shown(this), options);
  });
}

function define<Printed extends object>(
  prototype: Printed,
  name: string,
  value: (this: Printed, inspect: Inspect, options: unknown) => unknown,
): void {
  Object.defineProperty(prototype, Symbol.for(name), { value });
}
