/** What the generic controllers do with one output. */
import type { ResourceDefinition } from '../../define-resource.ts';
import { type Pointer, type Resource, sameResource } from '../../resource.ts';
import { isStateError, named, StateError } from '../../state-error.ts';
import type { ControllerState } from '../controller-state.ts';

/** What an output is to be like. */
export interface Produced<Spec> {
  readonly spec: Spec;
  /** Exactly these. @default those it has */
  readonly labels?: Readonly<Record<string, string>>;
  /** Exactly these. @default those it has */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface OutputParts<Spec, Made extends Produced<Spec>> {
  readonly state: ControllerState;
  /** The controller, whose the output is. */
  readonly owner: string;
  readonly definition: ResourceDefinition<Spec>;
  readonly pointer: Pointer;
  /** Says what is to be, from what is; undefined: nothing. Asked again when somebody else wrote meanwhile. */
  readonly make: (present: Resource<Spec> | undefined) => Promise<Made | undefined> | Made | undefined;
}

/** `going`: it must go before there can be another. `none`: there is to be none. */
export type Outcome<Made> =
  { readonly type: 'written'; readonly made: Made } | { readonly type: 'going' } | { readonly type: 'none' };

/** Writes an output, unless nothing would be different. Errors: those of the state but lost races, `bad-request` for a bad spec, and those of `make`. */
export async function produce<Spec, Made extends Produced<Spec>>(
  parts: OutputParts<Spec, Made>,
): Promise<Outcome<Made>> {
  const { state, owner, pointer, make } = parts;
  for (;;) {
    const stored = await state.findUncached(pointer);
    if (stored !== undefined) mustBelongTo(stored, owner);
    if (stored?.metadata.phase === 'tearing-down') return { type: 'going' };
    // What this controller wrote itself is of the right shape, or about to be written anew.
    const made = await make(stored as Resource<Spec> | undefined);
    if (made === undefined) return { type: 'none' };
    const wanted = asWanted(parts, stored, made);
    try {
      if (stored === undefined) await state.create(wanted);
      else if (!sameResource(stored, wanted)) await state.update(wanted);
      return { type: 'written', made };
    } catch (error) {
      if (isStateError(error, 'phase-conflict')) return { type: 'going' };
      if (!isLostRace(error)) throw error;
    }
  }
}

/** Says that an output is to go, and destroys it when it may. Answers whether it is gone; what belongs to others counts as gone. */
export async function release(state: ControllerState, owner: string, pointer: Pointer): Promise<boolean> {
  const stored = await state.findUncached(pointer);
  if (stored?.metadata.owner !== owner) return true;
  try {
    if (!(await state.teardown(pointer))) return false;
    await state.destroy(pointer);
    return true;
  } catch (error) {
    if (isStateError(error, 'not-found')) return true;
    if (isStateError(error, 'pending-finalizers')) return false;
    throw error;
  }
}

function asWanted<Spec>(
  { definition, pointer }: Pick<OutputParts<Spec, Produced<Spec>>, 'definition' | 'pointer'>,
  stored: Resource | undefined,
  { spec, labels, annotations }: Produced<Spec>,
): Resource {
  const made = definition.make({ ...pointer, spec, ...(labels && { labels }), ...(annotations && { annotations }) });
  if (stored === undefined) return made;
  const { metadata } = stored;
  return {
    metadata: {
      ...metadata,
      labels: labels === undefined ? metadata.labels : made.metadata.labels,
      annotations: annotations === undefined ? metadata.annotations : made.metadata.annotations,
    },
    spec: made.spec,
  };
}

function mustBelongTo({ metadata }: Resource, owner: string): void {
  if (metadata.owner === owner) return;
  const theirs = metadata.owner === '' ? 'nobody' : `"${metadata.owner}"`;
  throw new StateError(
    'owner-conflict',
    `The controller "${owner}" cannot write ${named(metadata)}: it belongs to ${theirs}`,
    metadata,
  );
}

function isLostRace(error: unknown): boolean {
  return (
    isStateError(error, 'version-conflict') || isStateError(error, 'already-exists') || isStateError(error, 'not-found')
  );
}
