import { AgentError } from '../protocol/agent-error.ts';

/** No name of a container is longer: it is part of paths and of names of control groups. */
const MOST_CHARACTERS = 64;
const SHAPE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * What a runtime may call a container or one of its programs: never an option, never a path. Errors: AgentError
 * `bad-arguments`.
 */
export function checkContainerId(id: string): string {
  if (id.length <= MOST_CHARACTERS && SHAPE.test(id)) return id;
  throw new AgentError(
    'bad-arguments',
    `Cannot use ${JSON.stringify(id.slice(0, 100))} as the id of a container: it must be 1 to ${MOST_CHARACTERS} letters, digits, "_", "." and "-", and begin with a letter or digit`,
  );
}
