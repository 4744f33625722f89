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

/** Each that is given takes the place of what was there; null stands for the default. */
export const ContainerChange = z.strictObject({
  name: wishes.name.optional(),
  image: wishes.image.nullish(),
  entry_point: wishes.entry_point.nullish(),
  env: wishes.env.nullish(),
  user: wishes.user.nullish(),
  hostname: wishes.hostname.nullish(),
  limits: LimitChange.nullish(),
  mounts: wishes.mounts.nullish(),
  network: wishes.network.nullish(),
  ports: wishes.ports.nullish(),
  tags: wishes.tags.nullish(),
  capabilities: wishes.capabilities.nullish(),
  read_only: wishes.read_only.nullish(),
  terminal: wishes.terminal.nullish(),
  open_stdin: wishes.open_stdin.nullish(),
  stop_signal: wishes.stop_signal.nullish(),
  stop_grace: wishes.stop_grace.nullish(),
  auto_remove: wishes.auto_remove.nullish(),
});
export type ContainerChange = z.infer<typeof ContainerChange>;
