import type { Resource } from './resource.ts';

/** About what a value takes beside its texts and bytes. */
const VALUE_BYTES = 16;

const known = new WeakMap<Resource, number>();

/** About how many bytes of memory a resource takes. Resources never change, so it is worked out once for each. */
export function weightOf(resource: Resource): number {
  let weight = known.get(resource);
  if (weight === undefined) {
    weight = weigh(resource);
    known.set(resource, weight);
  }
  return weight;
}

function weigh(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value === 'bigint') return VALUE_BYTES + value.toString(16).length / 2;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  if (value instanceof Uint8Array) return VALUE_BYTES + value.length;
  let sum = VALUE_BYTES;
  for (const [key, member] of Object.entries(value)) sum += key.length + weigh(member);
  return sum;
}
