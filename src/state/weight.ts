import type { Resource } from './resource.ts';

/** About what a value takes beside its texts and bytes. */
const VALUE_BYTES = 16;

/** What is the same for all of them: the names of the metadata, and a value for each. */
const METADATA_BYTES = 320;

/** About how many bytes of memory a resource takes. */
export function weightOf({ metadata, spec }: Resource): number {
  const { namespace, type, id, owner, uid, labels, annotations, finalizers } = metadata;
  const texts = namespace.length + type.length + id.length + owner.length + uid.length;
  return METADATA_BYTES + texts + weigh(labels) + weigh(annotations) + weigh(finalizers) + weigh(spec);
}

function weigh(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value === 'bigint') return VALUE_BYTES + value.toString(16).length / 2;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  if (value instanceof Uint8Array) return VALUE_BYTES + value.length;
  let sum = VALUE_BYTES;
  // No list of pairs: this is done for every write.
  for (const key of Object.keys(value)) sum += key.length + weigh((value as Record<string, unknown>)[key]);
  return sum;
}
