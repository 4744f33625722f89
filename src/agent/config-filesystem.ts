import * as z from 'zod';

const seconds = z.number().min(1).max(1_000_000);

/** The section `[filesystem]`: what the `filesystem.…` commands may touch. */
export const FilesystemSection = z.strictObject({
  roots: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Directories that files are confined to: no path, link or race leads out of them. Default: everything the agent may touch.',
    ),
  read_only: z.boolean().default(false).describe('Files may be looked at and read, and nothing is changed.'),
  idle: seconds.default(300).describe('Seconds after which an open file that nobody used is closed.'),
  handles: z
    .int()
    .min(1)
    .max(65_536)
    .default(1024)
    .describe('Files that may be open at once; more are refused with 429.'),
  handles_per_connection: z
    .int()
    .min(1)
    .max(65_536)
    .default(128)
    .describe('Files that may be open at once of those opened over one connection.'),
});

/** The section as the agent uses it. `resolve` makes a path absolute. */
export function filesystemConfig(section: z.infer<typeof FilesystemSection>, resolve: (file: string) => string) {
  return {
    roots: section.roots.map(resolve),
    isReadOnly: section.read_only,
    idleMs: section.idle * 1000,
    handles: section.handles,
    handlesPerConnection: section.handles_per_connection,
  };
}
