import { clone, type Resource, sealed } from './resource.ts';

/** A value with all of it to be changed. Bytes are exchanged, not written to. */
export type Writable<Value> = Value extends Uint8Array
  ? Value
  : Value extends object
    ? { -readonly [Key in keyof Value]: Writable<Value[Key]> }
    : Value;

/** What a change may touch: the rest belongs to the state. */
export interface Draft<Spec = unknown> {
  phase: Resource['metadata']['phase'];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  finalizers: string[];
  spec: Writable<Spec>;
}

/** Says what is to be different. May be called several times, so it changes nothing but the draft. */
export type Change<Spec = unknown> = (draft: Draft<Spec>) => void;

/** The resource as it is after a change; the one given stays as it is. */
export function changed<Spec>(resource: Resource<Spec>, change: Change<Spec>): Resource<Spec> {
  const { metadata, spec } = resource;
  const draft: Draft<Spec> = {
    phase: metadata.phase,
    labels: { ...metadata.labels },
    annotations: { ...metadata.annotations },
    finalizers: [...metadata.finalizers],
    spec: clone(spec) as Writable<Spec>,
  };
  change(draft);
  const { phase, labels, annotations, finalizers } = draft;
  const all = finalizers.length > 1 ? [...new Set(finalizers)] : finalizers.slice();
  // What was put in may still be held by whoever did.
  return sealed(
    { ...metadata, phase, labels: { ...labels }, annotations: { ...annotations }, finalizers: all },
    clone(draft.spec) as Spec,
  );
}
