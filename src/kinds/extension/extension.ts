/** An extension whose manifest was read and found good. */
import type { WireCommand } from '../../protocol/command.ts';
import type { SystemArguments } from '../system/system-arguments.ts';
import type { Parameter } from './parameter.ts';
import type { Template } from './template.ts';

/** One entry of `args`. */
export interface ArgumentTemplate {
  readonly template: Template;
  /** Left out unless this parameter is given and not false. */
  readonly when?: string;
}

export interface Extension {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** A name looked for in PATH, or an absolute path. */
  readonly binary: string;
  readonly args: readonly ArgumentTemplate[];
  /** Relative to `directory` when it begins with a text; what a caller says has to be absolute. */
  readonly cwd: Template | undefined;
  readonly env: Readonly<Record<string, Template>>;
  readonly stdin: Template | undefined;
  /** What else its program is started with, the same for all callers. */
  readonly fixed: Partial<SystemArguments>;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Of each group exactly one has to be given. */
  readonly oneOf: readonly (readonly string[])[];
  /** Fields of the command, where it leaves them open. */
  readonly defaults: Partial<WireCommand>;
  /** Where its manifest is; relative paths begin there. */
  readonly directory: string;
  /** What is allowed and may be a mistake. */
  readonly warnings: readonly string[];
}
