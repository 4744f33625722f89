import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { name, users, capabilities, read_only, terminal, open_stdin, stop_signal, stop_grace, auto_remove } =
  ContainerChange.shape;

export const containerSetOptions = defineBuiltin({
  name: 'container.set_options',
  summary: 'Name, users, rights, terminal, and how the container ends.',
  arguments: z.strictObject({
    handle: HandleRef,
    name,
    users,
    capabilities,
    read_only,
    terminal,
    open_stdin,
    stop_signal,
    stop_grace,
    auto_remove,
  }),
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: EXAMPLE_HANDLE, stop_grace: 3 }, data: { handle: EXAMPLE_HANDLE } },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
