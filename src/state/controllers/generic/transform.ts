import type { ResourceDefinition } from '../../define-resource.ts';
import { compileQuery, type Query } from '../../query.ts';
import type { Kind, Pointer, Resource } from '../../resource.ts';
import { isStateError } from '../../state-error.ts';
import type { Controller, ControllerContext, PlainContext } from '../controller.ts';
import type { Input, InputKind, Output } from '../declarations.ts';
import { Failures } from './failures.ts';
import { onEach } from './on-each.ts';
import { produce, type Produced, release } from './produce.ts';

/** What a function that makes outputs is given. */
export interface TransformContext<Out> extends ControllerContext {
  /** What is there now, as this controller wrote it. */
  readonly output: Resource<Out> | undefined;
}

export interface TransformOptions<In, Out> {
  /** Of the controller. Its finalizer on inputs too. */
  readonly name: string;
  readonly input: ResourceDefinition<In>;
  /** @default the definition's */
  readonly inputNamespace?: string;
  /** Other inputs are as if they were not there. @default all count */
  readonly query?: Query;
  readonly output: ResourceDefinition<Out>;
  /** @default the definition's */
  readonly outputNamespace?: string;
  /** @default 'exclusive' */
  readonly outputKind?: Output['kind'];
  /** The id of an input's output; undefined: it has none. @default the same id */
  readonly map?: (input: Resource<In>) => string | undefined;
  /**
   * What the output of an input is; undefined: there is to be none. Throws SkipReconcile to leave it as it is; any other
   * error leaves it too, and everything is tried again after a while. May write extra outputs.
   */
  readonly transform: (
    input: Resource<In>,
    context: TransformContext<Out>,
  ) => Promise<Produced<Out> | undefined> | Produced<Out> | undefined;
  /** Whether inputs stay until their output is gone. @default false */
  readonly inputFinalizers?: boolean;
  /** Called before the output of an input that is to go goes. What it throws keeps both. Needs `inputFinalizers`. */
  readonly release?: (input: Resource<In>, context: ControllerContext) => Promise<void> | void;
  /** Whether inputs that are to go count until they are gone. Not with `inputFinalizers`. @default false */
  readonly ignoreTeardown?: boolean;
  readonly extraInputs?: readonly Input<InputKind>[];
  readonly extraOutputs?: readonly Output[];
  /** Called before and after each round. What they throw is a failure of the controller. */
  readonly before?: (context: ControllerContext) => Promise<void> | void;
  readonly after?: (context: ControllerContext) => Promise<void> | void;
  /** Told once how to wake the controller from elsewhere; disposed of when it ends. */
  readonly wakeOn?: (wake: () => void) => Disposable;
  /** Called once, when it ends for good. */
  readonly onShutdown?: () => Promise<void> | void;
}

/**
 * A controller that makes one output of each input, looks at all of them whenever something changed, and takes away
 * outputs whose input is gone. An output that is to go goes before another takes its place.
 *
 * Errors: TypeError for options that don't go together.
 */
export function transform<In, Out>(options: TransformOptions<In, Out>): Controller {
  const { name, inputFinalizers = false, ignoreTeardown = false, onShutdown, wakeOn } = options;
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot make the controller "${name}": ${why}`);
  };
  if (inputFinalizers && ignoreTeardown) refuse('an input with finalizers can’t have its teardown ignored');
  if (!inputFinalizers && options.release !== undefined) refuse('"release" needs "inputFinalizers"');
  const input = kindOf(options.input, options.inputNamespace);
  const output = kindOf(options.output, options.outputNamespace);
  const isSame = input.namespace === output.namespace && input.type === output.type;
  return {
    name,
    inputs: [
      { ...input, kind: inputFinalizers ? 'strong' : 'weak' },
      ...(isSame ? [] : [{ ...output, kind: 'destroy-ready' } as const]),
      ...(options.extraInputs ?? []),
    ],
    outputs: [{ type: output.type, kind: options.outputKind ?? 'exclusive' }, ...(options.extraOutputs ?? [])],
    run: async (context) => {
      using _waking = wakeOn?.(() => {
        context.wake();
      });
      await onEach(context.events, async () => {
        await new Round(options, { input, output }, context).run();
      });
      await onShutdown?.();
    },
  };
}

export function kindOf({ type, namespace }: Kind, given: string | undefined): Kind {
  return { namespace: given ?? namespace, type };
}

/** One look at everything. */
class Round<In, Out> {
  readonly #options: TransformOptions<In, Out>;
  readonly #kinds: { readonly input: Kind; readonly output: Kind };
  readonly #context: PlainContext;
  readonly #failures = new Failures();
  /** Ids of outputs that are to be, or to be kept. */
  readonly #wanted = new Set<string>();
  /** Inputs that go, and their outputs. */
  readonly #leaving: { readonly pointer: Pointer; readonly output: string }[] = [];
  /** Inputs with our finalizer that have no output any more. */
  readonly #unmapped: Pointer[] = [];
  /** Whether the output of each input is known: others may be taken for nobody's. */
  #isComplete = true;

  constructor(
    options: TransformOptions<In, Out>,
    kinds: { readonly input: Kind; readonly output: Kind },
    context: PlainContext,
  ) {
    this.#options = options;
    this.#kinds = kinds;
    this.#context = context;
  }

  async run(): Promise<void> {
    const { before, after, query = {} } = this.#options;
    const { state, signal } = this.#context;
    using round = this.#context.beginRound();
    await before?.(this.#context);
    const matches = compileQuery(query);
    for (const found of await state.list(this.#kinds.input)) {
      if (signal.aborted) return;
      round.inputs += 1;
      await this.#failures.collect(() => this.#look(found, matches === undefined || matches(found)));
    }
    await this.#cleanUp();
    await after?.(this.#context);
    this.#failures.throwIfAny();
    this.#context.resetBackoff();
  }

  async #look(found: Resource, isMatch: boolean): Promise<void> {
    const { name } = this.#options;
    const { metadata } = found;
    const isOurs = metadata.finalizers.includes(name);
    let input: Resource<In> | undefined;
    let output: string | undefined;
    if (isMatch) {
      try {
        input = this.#options.input.read(found);
        output = this.#options.map === undefined ? metadata.id : this.#options.map(input);
      } catch (error) {
        this.#isComplete = false;
        throw error;
      }
    }
    if (input === undefined || output === undefined) {
      if (isOurs) this.#unmapped.push(metadata);
    } else if (metadata.phase === 'running' || this.#options.ignoreTeardown === true) {
      this.#wanted.add(output);
      await this.#make(input, output, isOurs);
    } else if (isOurs) {
      await this.#leave(input, output);
    }
  }

  async #make(input: Resource<In>, output: string, isOurs: boolean): Promise<void> {
    const { name, output: definition, inputFinalizers = false } = this.#options;
    const { state, signal, log } = this.#context;
    if (inputFinalizers && !isOurs && !(await this.#addFinalizer(input.metadata))) return;
    const outcome = await produce({
      state,
      owner: name,
      definition,
      pointer: { ...this.#kinds.output, id: output },
      make: (present) => this.#options.transform(input, { state, signal, log, output: present }),
    });
    if (outcome.type === 'none') this.#wanted.delete(output);
  }

  async #leave(input: Resource<In>, output: string): Promise<void> {
    try {
      await this.#options.release?.(input, this.#context);
    } catch (error) {
      this.#wanted.add(output);
      throw error;
    }
    this.#leaving.push({ pointer: input.metadata, output });
  }

  async #addFinalizer(pointer: Pointer): Promise<boolean> {
    try {
      await this.#context.state.addFinalizer(pointer, this.#options.name);
      return true;
    } catch (error) {
      // It went since it was listed; that wakes us again.
      if (isStateError(error, 'not-found')) return false;
      throw error;
    }
  }

  /** Outputs nobody wants go, and then the inputs that waited for that. */
  async #cleanUp(): Promise<void> {
    const { name } = this.#options;
    const { state, signal } = this.#context;
    const leaving = new Set(this.#leaving.map(({ output }) => output));
    const waiting = new Set<string>();
    for (const { metadata } of await state.listUncached(this.#kinds.output)) {
      const { id, owner, phase } = metadata;
      if (signal.aborted) return;
      if (owner !== name) continue;
      const isWanted = this.#wanted.has(id) || !(this.#isComplete || leaving.has(id));
      if (isWanted && phase === 'running') continue;
      const isGone = await this.#failures.collect(() => release(state, name, metadata));
      if (isGone !== true) waiting.add(id);
      // One of an earlier life is gone: another takes its place.
      else if (isWanted) this.#context.wake();
    }
    const free = this.#leaving.filter(({ output }) => !waiting.has(output)).map(({ pointer }) => pointer);
    if (this.#isComplete && waiting.size === 0) free.push(...this.#unmapped);
    for (const pointer of free) await this.#failures.collect(() => state.removeFinalizer(pointer, name));
  }
}
