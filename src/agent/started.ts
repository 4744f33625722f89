/** What is only there once an agent has started. Errors: TypeError before that. */
export function started<Part>(part: Part | undefined): Part {
  if (part !== undefined) return part;
  throw new TypeError('Cannot use the agent: it has not started');
}
