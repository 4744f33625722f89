/** The job that is a container's main process. */
import type { ContainerConfig } from '../protocol/container.ts';

/** Its id says which start it is, so that a start that was asked for twice is one. */
export function mainJobId(container: string, start: number): string {
  return `${container}.${start}`;
}

/** Longest title, in characters. */
const TITLE_LENGTH = 200;

export function mainTitle({ name, entry_point: entryPoint }: ContainerConfig): string {
  const words = entryPoint === undefined ? [] : [entryPoint.path, ...entryPoint.args];
  const line = [`${name}:`, ...words].join(' ').replaceAll(/\s+/g, ' ');
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1)}…` : line;
}
