/** What a controller says it reads and writes, before it does. */
import type { Kind, Pointer } from '../resource.ts';

/**
 * `weak`: it is told of every change. `strong`: and may put finalizers on what it reads. `destroy-ready`: it is told only
 * of what is to go and that nobody has anything to do with any more.
 */
export type InputKind = 'weak' | 'strong' | 'destroy-ready';

/** `primary`: each one is reconciled. `mapped`: says which primaries are to be. `mapped-destroy-ready`: the same, told as above. */
export type QueueInputKind = 'primary' | 'mapped' | 'mapped-destroy-ready';

export interface Input<InKind extends string = InputKind | QueueInputKind> extends Kind {
  /** Only the one of this id. @default all of the kind */
  readonly id?: string;
  readonly kind: InKind;
}

/** `exclusive`: nobody else writes the type. `shared`: others do, each what it created itself. */
export interface Output {
  readonly type: string;
  readonly kind: 'exclusive' | 'shared';
}

/** All that one controller declared. */
export interface Declared {
  readonly controller: string;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
}

/** Whether a pointer, or a whole kind where that has no id, is one of the input's. */
function covers(input: Input, { namespace, type, id }: Kind & { readonly id?: string | undefined }): boolean {
  return input.namespace === namespace && input.type === type && (input.id === undefined || input.id === id);
}

export function maySetFinalizers(declared: Declared, pointer: Pointer): boolean {
  return declared.inputs.some(
    (input) => ['strong', 'primary', 'mapped'].includes(input.kind) && covers(input, pointer),
  );
}

export function mayWrite(declared: Declared, { type }: Kind): boolean {
  return declared.outputs.some((output) => output.type === type);
}

/** A list needs an input of the whole kind. */
export function mayRead(declared: Declared, what: Kind & { readonly id?: string }): boolean {
  return mayWrite(declared, what) || declared.inputs.some((input) => covers(input, what));
}
