/** The gate every text passes before it is sent: whatever was mutated, only these programs are started. */

const PROGRAMS = ['true', 'false', 'echo', 'cat', 'sleep'] as const;

/** Names no program has. */
const NOWHERE = /^(\/nowhere\/.*|no-such-[a-z0-9-]*)$/;

/** What `cat` may read: it is the only one that opens files. */
export const READABLE: readonly string[] = ['-', '/dev/null', '/proc/self/status', '/nowhere/file', '/'];

/** Variables that make a program's loader do things start with this. */
const LOADER = /^(LD_|GLIBC_|MALLOC_|GCONV_)/;

/** Whose commands touch jobs, queues and the agent's answers alone. Others may touch files, processes and the network of the machine. */
const OWN_NAMESPACES = /^(command|core|job|queue)\./;

/** Of these: what ends or changes the agent under test for good, and what holds commands that are not looked at here. */
const LEFT_OUT: readonly string[] = ['core.stop', 'core.unprivilege', 'job.batch'];

/** A name that may be registered: it has no other letters. */
const POSSIBLE_NAME = /^[\w.-]+$/;

/** Names that are known not to be registered. */
const UNKNOWN = ['none'];

/** Whether commands of this name may be sent, whatever their arguments; those of `core.system` are looked at beside. */
export function isHarmlessCommand(name: string): boolean {
  if (LEFT_OUT.includes(name)) return false;
  return OWN_NAMESPACES.test(name) || UNKNOWN.includes(name) || !POSSIBLE_NAME.test(name);
}

/** True for a text that can do no harm, whether or not it is a command. */
export function isHarmless(text: string): boolean {
  const command = read(text);
  if (command === undefined) return true;
  const { command: name, arguments: args } = command;
  // What isn't a text is refused.
  if (typeof name !== 'string') return true;
  if (!isHarmlessCommand(name)) return false;
  return name !== 'core.system' || isHarmlessProgram(args);
}

function isHarmlessProgram(args: unknown): boolean {
  if (typeof args !== 'object' || args === null) return true;
  const { name, args: words, env } = args as Record<string, unknown>;
  // What isn't a text is refused.
  if (typeof name !== 'string' || name === '') return true;
  if (typeof env === 'object' && env !== null && Object.keys(env).some((key) => LOADER.test(key))) return false;
  if (name === 'cat' && Array.isArray(words)) return words.every((word) => READABLE.includes(word as string));
  return NOWHERE.test(name) || (PROGRAMS as readonly string[]).includes(name);
}

function read(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
