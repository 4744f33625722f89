/** Microseconds each of `count` turns takes, one after the other. */
export async function microseconds(count: number, turn: (at: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let at = 0; at < count; at += 1) await turn(at);
  return ((performance.now() - began) * 1_000) / count;
}
