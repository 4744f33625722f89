/**
 * The spec of a resource whose type only its clients know: what they sent, kept byte for byte. JSON like any other, so it
 * can be stored, shown and copied by whoever doesn't know the type either.
 */
export interface OpaqueSpec {
  /** Protocol buffers, in base64. */
  readonly $proto?: string;
  readonly $yaml?: string;
}

const PROTO = '$proto';
const YAML = '$yaml';

/** What a client sent; undefined when that was nothing. */
export function opaqueSpec(proto: Uint8Array | undefined, yaml: string): OpaqueSpec {
  return {
    ...(proto !== undefined && { $proto: Buffer.from(proto).toString('base64') }),
    ...(yaml !== '' && { $yaml: yaml }),
  };
}

/** Whether a spec has this form: nothing but one of the two, or both. */
export function isOpaqueSpec(spec: unknown): spec is OpaqueSpec {
  if (typeof spec !== 'object' || spec === null) return false;
  const { [PROTO]: proto, [YAML]: yaml } = spec as Record<string, unknown>;
  const keys = Object.keys(spec).length;
  return (
    keys > 0 &&
    keys === (proto === undefined ? 0 : 1) + (yaml === undefined ? 0 : 1) &&
    (proto === undefined || (typeof proto === 'string' && isBase64(proto))) &&
    (yaml === undefined || (typeof yaml === 'string' && yaml !== ''))
  );
}

/** The bytes of `$proto`. */
export function protoOf({ $proto }: OpaqueSpec): Buffer | undefined {
  return $proto === undefined ? undefined : Buffer.from($proto, 'base64');
}

/** As it is written here: what reads as the same bytes but would be written in another way is none. */
function isBase64(text: string): boolean {
  return text !== '' && text.length % 4 === 0 && Buffer.from(text, 'base64').toString('base64') === text;
}
