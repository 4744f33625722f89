import * as z from 'zod';
import { defineResource } from '../state/define-resource.ts';
import type { State } from '../state/state.ts';
import { OWNER } from './resources.ts';

/** The last number that was given to a container. */
export const ContainerNumbers = defineResource({
  type: 'ContainerNumbers.containers.corex',
  namespace: 'containers',
  columns: [{ name: 'Last', path: 'spec.last' }],
  schema: z.strictObject({ last: z.int() }),
});

/** A number no container had before, and none will have again. */
export async function nextNumber(state: State): Promise<number> {
  const first = ContainerNumbers.make({ id: 'last', spec: { last: 0 }, owner: OWNER });
  const { spec } = await state.modify(
    first,
    (draft) => {
      draft.spec.last += 1;
    },
    { owner: OWNER },
  );
  return spec.last;
}
