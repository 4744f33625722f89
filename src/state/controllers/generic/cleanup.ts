import type { ResourceDefinition } from '../../define-resource.ts';
import type { Resource } from '../../resource.ts';
import { isStateError } from '../../state-error.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import type { Input, InputKind, Output } from '../declarations.ts';
import { Failures } from './failures.ts';
import { onEach } from './on-each.ts';
import { kindOf } from './transform.ts';

/** What has to be done before an input may go. */
export interface CleanupHandler<In> {
  readonly inputs: readonly Input<InputKind>[];
  readonly outputs: readonly Output[];
  /** Resolves when it is done. Throws SkipReconcile while it waits for something; any other error is tried again after a while. */
  release(input: Resource<In>, context: ControllerContext): Promise<void>;
}

export interface CleanupOptions<In> {
  /** Of the controller, and its finalizer on inputs. */
  readonly name: string;
  readonly input: ResourceDefinition<In>;
  /** @default the definition's */
  readonly inputNamespace?: string;
  readonly handler: CleanupHandler<In>;
}

/** A controller that keeps each input until its handler has done what is to be done when it goes. */
export function cleanup<In>({ name, input, inputNamespace, handler }: CleanupOptions<In>): Controller {
  const kind = kindOf(input, inputNamespace);
  const look = async (found: Resource, context: ControllerContext): Promise<void> => {
    const { state } = context;
    const { metadata } = found;
    const isOurs = metadata.finalizers.includes(name);
    if (metadata.phase === 'running') {
      if (isOurs) return;
      try {
        await state.addFinalizer(metadata, name);
      } catch (error) {
        if (!isStateError(error, 'not-found')) throw error;
      }
    } else if (isOurs) {
      await handler.release(input.read(found), context);
      await state.removeFinalizer(metadata, name);
    }
  };
  return {
    name,
    inputs: [{ ...kind, kind: 'strong' }, ...handler.inputs],
    outputs: [...handler.outputs],
    run: async (context) => {
      await onEach(context.events, async () => {
        const failures = new Failures();
        for (const found of await context.state.list(kind)) {
          if (context.signal.aborted) return;
          await failures.collect(() => look(found, context));
        }
        failures.throwIfAny();
        context.resetBackoff();
      });
    },
  };
}
