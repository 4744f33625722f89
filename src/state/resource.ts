/** The values everything else here is about. All of them are frozen through and through, so they are shared, never copied. */

/** All resources of a type in a namespace. */
export interface Kind {
  readonly namespace: string;
  readonly type: string;
}

/** Names one resource. Namespace, type and id may be any text. */
export interface Pointer extends Kind {
  readonly id: string;
}

/** `tearing-down`: somebody wants it gone; it goes when its last finalizer does. */
export type Phase = 'running' | 'tearing-down';

export interface Metadata extends Pointer {
  /** Grows by one with every write, from 1 in each life; 0 while it was never stored. */
  readonly version: number;
  /** The controller it belongs to; empty: nobody's. */
  readonly owner: string;
  readonly phase: Phase;
  /** Wall clock, milliseconds. */
  readonly created: number;
  readonly updated: number;
  /** Can be asked for in queries. */
  readonly labels: Readonly<Record<string, string>>;
  /** Can't be asked for in queries. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Who has something to do before it may go. A set, in order of arrival. */
  readonly finalizers: readonly string[];
  /** Names this life of the resource: another one of the same id has another. Empty while it was never stored. */
  readonly uid: string;
}

export interface Resource<Spec = unknown> {
  readonly metadata: Metadata;
  readonly spec: Spec;
}

/** What makes a resource that was not stored yet. */
export interface ResourceParts<Spec = unknown> extends Pointer {
  readonly spec: Spec;
  readonly owner?: string;
  readonly phase?: Phase;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** A resource as it is given to `create`. */
export function newResource<Spec>(parts: ResourceParts<Spec>): Resource<Spec> {
  const { namespace, type, id, spec, owner = '', phase = 'running' } = parts;
  return freeze({
    metadata: {
      namespace,
      type,
      id,
      version: 0,
      owner,
      phase,
      created: 0,
      updated: 0,
      labels: { ...parts.labels },
      annotations: { ...parts.annotations },
      finalizers: [...new Set(parts.finalizers)],
      uid: '',
    },
    spec: clone(spec),
  });
}

/** A spec or a part of it: JSON, and bytes. */
type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | undefined
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** A copy that shares nothing that could change. Only what JSON has, and bytes, are copied; anything else is a mistake of the caller. Errors: TypeError. */
export function clone<Value>(value: Value): Value {
  return clonePlain(value as Plain) as Value;
}

function clonePlain(value: Plain): Plain {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') throw notPlain(typeof value);
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => clonePlain(item as Plain));
  if (value instanceof Uint8Array) return value.slice();
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(value.constructor.name);
  const copy: Record<string, Plain> = {};
  // Defined, not assigned: a key may be "__proto__".
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') Object.defineProperty(copy, key, { value: clonePlain(member), enumerable: true });
    else copy[key] = clonePlain(member);
  }
  return copy;
}

function notPlain(what: string): TypeError {
  return new TypeError(`A resource holds only what JSON can hold, and bytes; not a ${what}`);
}

/** Freezes a value through and through and returns it. Bytes can't be frozen: they are not to be written to. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || value instanceof Uint8Array)
    return value;
  // No list of the members is made: when an agent starts, all it keeps goes through here.
  if (Array.isArray(value)) for (const item of value as unknown[]) freeze(item);
  else for (const key of Object.keys(value)) freeze((value as Record<string, unknown>)[key]);
  return Object.freeze(value);
}

/** A frozen resource of these parts: what {@link freeze} does, without looking at each field of the metadata. */
export function sealed<Spec>(metadata: Metadata, spec: Spec): Resource<Spec> {
  Object.freeze(metadata.labels);
  Object.freeze(metadata.annotations);
  Object.freeze(metadata.finalizers);
  return Object.freeze({ metadata: Object.freeze(metadata), spec: freeze(spec) });
}

/** Whether two plain values hold the same. */
export function equal(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    return one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return (
    keys.length === others.length &&
    keys.every(
      (key) =>
        Object.hasOwn(other, key) &&
        equal((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
    )
  );
}

/** Whether a write of `other` over `one` would change anything: times don't count, and finalizers are a set. */
export function sameResource(one: Resource, other: Resource): boolean {
  return one === other || (sameMetadata(one.metadata, other.metadata) && equal(one.spec, other.spec));
}

function sameMetadata(one: Metadata, other: Metadata): boolean {
  if (one === other) return true;
  return (
    one.namespace === other.namespace &&
    one.type === other.type &&
    one.id === other.id &&
    one.version === other.version &&
    one.owner === other.owner &&
    one.phase === other.phase &&
    equal(one.labels, other.labels) &&
    equal(one.annotations, other.annotations) &&
    one.finalizers.length === other.finalizers.length &&
    one.finalizers.every((finalizer) => other.finalizers.includes(finalizer))
  );
}

/** One text for a kind: keys of maps. Lengths keep parts apart whatever they hold. */
export function kindKey({ namespace, type }: Kind): string {
  return `${namespace.length}:${namespace}${type}`;
}

export function pointerKey({ namespace, type, id }: Pointer): string {
  return `${namespace.length}:${type.length}:${namespace}${type}${id}`;
}

export function pointerOf({ metadata: { namespace, type, id } }: Resource): Pointer {
  return { namespace, type, id };
}
