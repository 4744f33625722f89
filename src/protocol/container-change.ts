/** What callers may change of a container, by a handle. */
import * as z from 'zod';
import { ContainerLimits, ContainerWish } from './container.ts';

/** This stands for the default, which is a limit like any other. */
const DEFAULT_LIMIT = -1;

const limit = (schema: z.ZodInt): z.ZodOptional<z.ZodType<number>> =>
  z
    .union([z.literal(DEFAULT_LIMIT), schema], {
      error: 'expected -1, which stands for the default, or a whole number within the bounds',
    })
    .optional()
    .describe(`${schema.description ?? ''} -1: the default.`);

/** Limits as callers give them; those that are missing stay as they are. */
export const LimitChange = z.strictObject({
  memory_mb: limit(ContainerLimits.shape.memory_mb),
  cpu_mhz: limit(ContainerLimits.shape.cpu_mhz),
  pids: limit(ContainerLimits.shape.pids),
  cpus: z
    .number()
    .min(0.01)
    .max(100_000)
    .optional()
    .describe('Instead of `cpu_mhz`: processors’ worth of time, fractions allowed.'),
});
export type LimitChange = z.infer<typeof LimitChange>;

const { limits: _limits, ...wishes } = ContainerWish.shape;

/** May be left out, or null, and says for itself what it is. */
const wish = <Schema extends z.ZodType>(
  schema: Schema,
  description = schema.description ?? '',
): z.ZodOptional<z.ZodNullable<Schema>> => schema.nullish().describe(description);

/** Each that is given takes the place of what was there; null stands for the default. */
export const ContainerChange = z.strictObject({
  name: wishes.name.optional(),
  image: wish(wishes.image),
  entry_point: wish(wishes.entry_point, 'What its main process is. Default: what the image says.'),
  env: wish(wishes.env, 'Environment variables, beside those of the image.'),
  user: wish(wishes.user, 'A user, or `user:group`, by name or number. Default: that of the image, else root.'),
  users: wish(wishes.users),
  hostname: wish(wishes.hostname, 'Name of its machine. Default: the name of the container.'),
  limits: wish(LimitChange, 'What everything in it may use together. Those that are missing stay as they are.'),
  mounts: wish(wishes.mounts, 'What of the machine it is given, and memory as file systems. Default: nothing.'),
  network: wish(wishes.network),
  ports: wish(wishes.ports, 'Ports of the machine that lead into it. Default: none.'),
  tags: wish(wishes.tags, 'Words to find it by.'),
  capabilities: wish(wishes.capabilities),
  read_only: wish(wishes.read_only),
  terminal: wish(wishes.terminal),
  open_stdin: wish(wishes.open_stdin),
  stop_signal: wish(wishes.stop_signal),
  stop_grace: wish(wishes.stop_grace),
  auto_remove: wish(wishes.auto_remove),
});
export type ContainerChange = z.infer<typeof ContainerChange>;
