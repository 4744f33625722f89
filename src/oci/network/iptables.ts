import { resolveProgram } from '../../host/resolve-program.ts';
import { runShortProgram } from '../../host/short-program.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { PLUGIN_SEARCH_PATH } from './cni-plugins.ts';

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 8 * 1024 ** 2;

/** Others change rules, too: how long they are waited for. */
const WAIT = ['-w', '20'];

/** The rules of the machine for IPv4, as everybody has them who uses the program of this name. */
export class Iptables {
  readonly #env: Readonly<Record<string, string>>;

  readonly #through: readonly string[];

  /** `env`: beside the search path, for what is started. `through`: words before each program, such as those of unshare(1). */
  constructor(searchPath: string, env: Readonly<Record<string, string>> = {}, through: readonly string[] = []) {
    this.#env = { ...env, PATH: `${searchPath}:${PLUGIN_SEARCH_PATH}` };
    this.#through = through;
  }

  /** All chains and rules of a table, a line each, as the program takes them. Errors: AgentError `not-able`. */
  async list(table: 'filter' | 'nat'): Promise<string[]> {
    return (await this.#run('iptables', [...WAIT, '-t', table, '-S'])).split('\n');
  }

  /** Carries out all lines or none of them; chains named by a `:` are there afterwards, and empty. Errors: AgentError `not-able`. */
  async apply(table: 'filter' | 'nat', lines: readonly string[]): Promise<void> {
    await this.#run('iptables-restore', [...WAIT, '--noflush'], `*${table}\n${lines.join('\n')}\nCOMMIT\n`);
  }

  /** Removes chains with all that is in them, and rules in others; what is not there is gone already. Errors: AgentError `not-able`. */
  async remove(table: 'filter' | 'nat', isOurs: (rule: string) => boolean, chains: ReadonlySet<string>): Promise<void> {
    const lines = removal(await this.list(table), isOurs, chains);
    if (lines.length > 0) await this.apply(table, lines);
  }

  async #run(name: string, args: readonly string[], input?: string): Promise<string> {
    const env = this.#env;
    const [first = name, ...words] = [...this.#through, name, ...args];
    const found = await resolveProgram({ name: first, args: words, cwd: '/', env });
    const refuse = (why: string): AgentError =>
      new AgentError('not-able', `Cannot look at the rules of the machine: ${why}`);
    if (found.type === 'failed') throw refuse(found.message);
    const end = await runShortProgram({
      program: found.program,
      args: words,
      env,
      cwd: '/',
      ...(input !== undefined && { input }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MOST_BYTES,
    });
    if (end.type === 'exited' && end.code === 0) return end.stdout;
    const why = end.type === 'failed' ? end.why : end.stderr.trim().split('\n')[0];
    throw refuse(`"${name}" says: ${why ?? 'nothing'}`);
  }
}

/** The lines that take out of `listed` what is ours: rules first, then the chains, which no rule may lead to by then. */
export function removal(
  listed: readonly string[],
  isOurs: (rule: string) => boolean,
  chains: ReadonlySet<string>,
): string[] {
  const rules = listed.filter((line) => line.startsWith('-A ') && !chains.has(chainOf(line)) && isOurs(line));
  const there = listed.filter((line) => line.startsWith('-N ') && chains.has(chainOf(line))).map(chainOf);
  return [
    ...rules.map((line) => line.replace('-A', '-D')),
    ...there.map((chain) => `-F ${chain}`),
    ...there.map((chain) => `-X ${chain}`),
  ];
}

function chainOf(line: string): string {
  return line.split(' ')[1] ?? '';
}
