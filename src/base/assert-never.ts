/** Closes a switch over a union: the compiler refuses a missing case, and a value from outside the types throws. */
export function assertNever(value: never): never {
  throw new TypeError(`Cannot handle "${JSON.stringify(value)}": it is not one of the cases`);
}
