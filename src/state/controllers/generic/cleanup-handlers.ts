/** What usually has to be done before a resource may go. */
import type { Query } from '../../query.ts';
import type { Kind, Pointer, Resource } from '../../resource.ts';
import { isStateError } from '../../state-error.ts';
import { type ControllerContext, SkipReconcile } from '../controller.ts';
import type { ControllerState } from '../controller-state.ts';
import type { Input, InputKind, Output } from '../declarations.ts';
import type { CleanupHandler } from './cleanup.ts';

/** Waits until nothing of `kind` matches the query for the input. */
export function hasNoOutputs<In>(kind: Kind, query: (input: Resource<In>) => Query): CleanupHandler<In> {
  const { namespace, type } = kind;
  return {
    inputs: [{ namespace, type, kind: 'weak' }],
    outputs: [],
    release: async (input, { state }) => {
      const left = await state.listUncached({ namespace, type }, query(input));
      if (left.length > 0) throw new SkipReconcile(`${left.length} of ${type} are there still`);
    },
  };
}

export interface RemoveOutputsOptions {
  /** Owners whose resources are taken away too, in their name. @default none: only what is nobody's */
  readonly extraOwners?: readonly string[];
}

/** Tears down and destroys everything of `kind` that matches the query for the input and is nobody's, and waits for that. */
export function removeOutputs<In>(
  kind: Kind,
  query: (input: Resource<In>) => Query,
  { extraOwners = [] }: RemoveOutputsOptions = {},
): CleanupHandler<In> {
  const { namespace, type } = kind;
  return {
    inputs: [{ namespace, type, kind: 'destroy-ready' }],
    outputs: [{ type, kind: 'shared' }],
    release: async (input, { state }) => {
      let waiting = 0;
      for (const { metadata } of await state.listUncached({ namespace, type }, query(input))) {
        const { owner } = metadata;
        if (owner !== '' && !extraOwners.includes(owner)) continue;
        if (!(await isRemoved(state, metadata, owner))) waiting += 1;
      }
      if (waiting > 0) throw new SkipReconcile(`${waiting} of ${type} wait for others`);
    },
  };
}

/** One handler after the other; the first that throws ends it. Errors: TypeError when two read a kind, or write a type, each in another way. */
export function combineHandlers<In>(...handlers: readonly CleanupHandler<In>[]): CleanupHandler<In> {
  return {
    inputs: merged<Input<InputKind>>(
      handlers.flatMap(({ inputs }) => inputs),
      ({ namespace, type, id }) => JSON.stringify([namespace, type, id]),
    ),
    outputs: merged<Output>(
      handlers.flatMap(({ outputs }) => outputs),
      ({ type }) => type,
    ),
    release: async (input: Resource<In>, context: ControllerContext) => {
      for (const handler of handlers) await handler.release(input, context);
    },
  };
}

async function isRemoved(state: ControllerState, pointer: Pointer, owner: string): Promise<boolean> {
  try {
    if (!(await state.teardown(pointer, { owner }))) return false;
    await state.destroy(pointer, { owner });
    return true;
  } catch (error) {
    if (isStateError(error, 'not-found')) return true;
    if (isStateError(error, 'pending-finalizers')) return false;
    throw error;
  }
}

function merged<Item extends { readonly type: string; readonly kind: string }>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Item[] {
  const byName = new Map<string, Item>();
  for (const item of items) {
    const before = byName.get(nameOf(item));
    if (before !== undefined && before.kind !== item.kind) {
      throw new TypeError(
        `Cannot combine the handlers: one declares ${item.type} as ${before.kind}, another as ${item.kind}`,
      );
    }
    byName.set(nameOf(item), item);
  }
  return [...byName.values()];
}
