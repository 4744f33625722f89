import type { ResourceDefinition } from '../../define-resource.ts';
import type { Kind, Pointer, Resource } from '../../resource.ts';
import { isStateError } from '../../state-error.ts';
import type { Changed, ControllerContext, QueueController, RequeueAfter } from '../controller.ts';
import type { Input, Output } from '../declarations.ts';
import type { Mapper } from './mappers.ts';
import { produce, type Produced, release } from './produce.ts';
import { kindOf, type TransformContext } from './transform.ts';

/** What else is read, and which inputs are reconciled when it changed. */
export interface MappedInput extends Input<'mapped' | 'mapped-destroy-ready'> {
  readonly map: Mapper;
}

/** With `requeueAfterMs` it is written, and asked for again after a while. */
export type QueueProduced<Spec> = Produced<Spec> & Partial<RequeueAfter>;

export interface QueueTransformOptions<In, Out> extends Pick<QueueController, 'concurrency' | 'run' | 'shutdown'> {
  /** Of the controller, and its finalizer on inputs. */
  readonly name: string;
  readonly input: ResourceDefinition<In>;
  /** @default the definition's */
  readonly inputNamespace?: string;
  readonly output: ResourceDefinition<Out>;
  /** @default the definition's */
  readonly outputNamespace?: string;
  /** @default 'exclusive' */
  readonly outputKind?: Output['kind'];
  /** The id of an input's output; undefined: it has none. Needs `unmap`. @default the same id */
  readonly map?: (input: Resource<In>) => string | undefined;
  /** The id of the input an output was made of; undefined: that can't be told. @default the same id */
  readonly unmap?: (output: Resource<Out>) => string | undefined;
  /**
   * What the output of an input is; undefined: there is to be none. Throws SkipReconcile to leave it as it is, and
   * RequeueError to be asked again at a time of its own; any other error too leaves it, and is tried again after a while.
   */
  readonly transform: (
    input: Resource<In>,
    context: TransformContext<Out>,
  ) => Promise<QueueProduced<Out> | undefined> | QueueProduced<Out> | undefined;
  /** Called before the output of an input that is to go goes. What it throws keeps both. */
  readonly release?: (input: Resource<In>, context: ControllerContext) => Promise<void> | void;
  readonly extraInputs?: readonly MappedInput[];
  readonly extraOutputs?: readonly Output[];
  /** An input that is to go counts until it has no finalizers but these and this controller's. With none it is the last to let go. */
  readonly ignoreTeardownUntil?: readonly string[];
  /** An input that is to go counts while it has any of these finalizers. */
  readonly ignoreTeardownWhile?: readonly string[];
}

/**
 * A queue controller that makes one output of each input. Inputs stay until their output is gone; an output that is to go
 * goes before another takes its place; one that its input does not map to any more goes.
 *
 * Errors: TypeError for options that don't go together.
 */
export function queueTransform<In, Out>(options: QueueTransformOptions<In, Out>): QueueController {
  const { name, concurrency, run, shutdown, extraInputs = [] } = options;
  if (options.map !== undefined && options.unmap === undefined) {
    throw new TypeError(`Cannot make the controller "${name}": "map" needs "unmap"`);
  }
  const input = kindOf(options.input, options.inputNamespace);
  const output = kindOf(options.output, options.outputNamespace);
  const work = new QueueTransform(options, { input, output });
  let hasSwept = false;
  return {
    name,
    inputs: [
      { ...input, kind: 'primary' },
      { ...output, kind: 'mapped-destroy-ready' },
      ...extraInputs.map(({ namespace, type, id, kind }) => ({
        namespace,
        type,
        kind,
        ...(id !== undefined && { id }),
      })),
    ],
    outputs: [{ type: output.type, kind: options.outputKind ?? 'exclusive' }, ...(options.extraOutputs ?? [])],
    ...(concurrency !== undefined && { concurrency }),
    reconcile: (pointer, context) => work.reconcile(pointer, context),
    map: (changed, context) => work.map(changed, context),
    run: async (context) => {
      if (!hasSwept) await work.sweep(context);
      hasSwept = true;
      await run?.(context);
    },
    ...(shutdown && { shutdown }),
  };
}

class QueueTransform<In, Out> {
  readonly #options: QueueTransformOptions<In, Out>;
  readonly #kinds: { readonly input: Kind; readonly output: Kind };
  /** The id of the output that was made of an input, by the input's: it may map to another one later. */
  readonly #made = new Map<string, string>();

  constructor(options: QueueTransformOptions<In, Out>, kinds: { readonly input: Kind; readonly output: Kind }) {
    this.#options = options;
    this.#kinds = kinds;
  }

  async reconcile(pointer: Pointer, context: ControllerContext): Promise<RequeueAfter | undefined> {
    const { name } = this.#options;
    const { state } = context;
    const found = await state.find(pointer);
    const input = found && this.#options.input.read(found);
    const output = input && this.#map(input);
    const made = this.#made.get(pointer.id);
    // When the old one waits for others, its end comes back to this input.
    if (made !== undefined && made !== output && !(await this.#release(pointer.id, made, context))) return undefined;
    if (input === undefined) return undefined;
    const isOurs = input.metadata.finalizers.includes(name);
    if (output === undefined) {
      if (isOurs) await state.removeFinalizer(pointer, name);
      return undefined;
    }
    if (this.#isGoing(input)) {
      if (!isOurs) return undefined;
      await this.#options.release?.(input, context);
      if (await this.#release(pointer.id, output, context)) await state.removeFinalizer(pointer, name);
      return undefined;
    }
    if (!isOurs && !(await this.#take(input, context))) return undefined;
    this.#made.set(pointer.id, output);
    return await this.#make(input, output, context);
  }

  async map(changed: Changed, context: ControllerContext): Promise<Pointer[]> {
    const { namespace, type, id } = changed;
    const { input, output } = this.#kinds;
    let ids: Iterable<string> = [];
    if (namespace === output.namespace && type === output.type) {
      const found = await context.state.find({ namespace, type, id });
      const from = found && this.#unmap(found);
      if (from !== undefined) ids = [from];
    } else {
      const ofIt = this.#options.extraInputs?.filter(
        (extra) => extra.namespace === namespace && extra.type === type && (extra.id ?? id) === id,
      );
      ids = (await Promise.all((ofIt ?? []).map(async (extra) => [...(await extra.map(changed, context))]))).flat();
    }
    return [...new Set(ids)].map((primary) => ({ ...input, id: primary }));
  }

  /** Outputs of earlier lives of this controller whose input is gone, or maps to another by now, go. */
  async sweep(context: ControllerContext): Promise<void> {
    const { state, signal } = context;
    for (const found of await state.listUncached(this.#kinds.output)) {
      if (signal.aborted) return;
      if (found.metadata.owner !== this.#options.name) continue;
      const from = this.#unmap(found);
      if (from === undefined || (await this.#mapsTo(from, found.metadata.id, context))) continue;
      await release(state, this.#options.name, found.metadata);
    }
  }

  async #make(input: Resource<In>, output: string, context: ControllerContext): Promise<RequeueAfter | undefined> {
    const { name, output: definition } = this.#options;
    const { state, signal, log } = context;
    for (;;) {
      const outcome = await produce<Out, QueueProduced<Out>>({
        state,
        owner: name,
        definition,
        pointer: { ...this.#kinds.output, id: output },
        make: (present) => this.#options.transform(input, { state, signal, log, output: present }),
      });
      if (outcome.type === 'written') {
        const { requeueAfterMs } = outcome.made;
        return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
      }
      // One that is to go waits for others, who come back to this input; or another takes its place at once.
      if (!(await this.#release(input.metadata.id, output, context)) || outcome.type === 'none') return undefined;
      this.#made.set(input.metadata.id, output);
    }
  }

  /** Answers whether it is gone. */
  async #release(input: string, output: string, { state }: ControllerContext): Promise<boolean> {
    const isGone = await release(state, this.#options.name, { ...this.#kinds.output, id: output });
    if (isGone) this.#made.delete(input);
    return isGone;
  }

  /** Puts our finalizer on it; answers whether it is there to have it. One that is to go gets none. */
  async #take({ metadata }: Resource, { state }: ControllerContext): Promise<boolean> {
    if (metadata.phase !== 'running') return false;
    try {
      await state.addFinalizer(metadata, this.#options.name);
      return true;
    } catch (error) {
      if (isStateError(error, 'not-found')) return false;
      throw error;
    }
  }

  #isGoing({ metadata: { phase, finalizers } }: Resource): boolean {
    if (phase === 'running') return false;
    const { name, ignoreTeardownUntil, ignoreTeardownWhile = [] } = this.#options;
    const others = finalizers.filter((finalizer) => finalizer !== name);
    if (others.some((finalizer) => ignoreTeardownWhile.includes(finalizer))) return false;
    return ignoreTeardownUntil === undefined || others.every((finalizer) => ignoreTeardownUntil.includes(finalizer));
  }

  #map(input: Resource<In>): string | undefined {
    return this.#options.map === undefined ? input.metadata.id : this.#options.map(input);
  }

  #unmap(output: Resource): string | undefined {
    return this.#options.unmap === undefined ? output.metadata.id : this.#options.unmap(output as Resource<Out>);
  }

  async #mapsTo(id: string, output: string, { state }: ControllerContext): Promise<boolean> {
    const found = await state.findUncached({ ...this.#kinds.input, id });
    return found !== undefined && this.#map(this.#options.input.read(found)) === output;
  }
}
