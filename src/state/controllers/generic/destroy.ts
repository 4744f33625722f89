import type { Kind } from '../../resource.ts';
import { isStateError } from '../../state-error.ts';
import type { QueueController } from '../controller.ts';

/**
 * A controller that destroys what is nobody's, is to go, and that nobody has anything to do with any more: so that people
 * only need to say that something is to go. `name` is `Destroy[Type]` unless another is given.
 */
export function destroyTornDown({ namespace, type }: Kind, { name = `Destroy[${type}]` } = {}): QueueController {
  return {
    name,
    inputs: [{ namespace, type, kind: 'primary' }],
    outputs: [{ type, kind: 'shared' }],
    reconcile: async (pointer, { state }) => {
      const found = await state.find(pointer);
      if (found === undefined) return;
      const { owner, phase, finalizers } = found.metadata;
      if (owner !== '' || phase !== 'tearing-down' || finalizers.length > 0) return;
      try {
        await state.destroy(pointer, { owner: '' });
      } catch (error) {
        // Somebody else did, or has something to do with it again; that comes back.
        if (!isStateError(error, 'not-found') && !isStateError(error, 'pending-finalizers')) throw error;
      }
    },
  };
}
