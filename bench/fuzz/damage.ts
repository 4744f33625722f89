import { junkText, junkValue } from './junk.ts';
import type { Random } from './random.ts';

/** A text with a few characters left out, doubled or replaced. */
export function damageText(random: Random, text: string): string {
  let damaged = text;
  for (let times = random.between(1, 3); times > 0; times -= 1) {
    const at = random.below(damaged.length + 1);
    const skip = random.below(4);
    const junk = random.pick(['', '"', '{', '}', ',', '\\', '\u0000', '9', damaged.slice(at, at + 8)]);
    damaged = damaged.slice(0, at) + junk + damaged.slice(at + skip);
  }
  return damaged;
}

/** An object with a member somewhere inside replaced, left out, or joined by another. */
export function damageObject(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || (Array.isArray(value) && value.length === 0)) {
    return junkValue(random);
  }
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    return value.map((member: unknown, index) => (index === at ? damageObject(random, member) : member));
  }
  const copy: Record<string, unknown> = { ...value };
  const names = Object.keys(copy);
  const name = names.length === 0 ? 'x' : random.pick(names);
  const damage = random.weighted<() => void>([
    [5, () => (copy[name] = damageObject(random, copy[name]))],
    [2, () => (copy[name] = junkValue(random))],
    [1, () => Reflect.deleteProperty(copy, name)],
    [1, () => (copy[junkText(random)] = junkValue(random))],
  ]);
  damage();
  return copy;
}
