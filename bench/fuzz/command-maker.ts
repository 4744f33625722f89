import { isHarmlessCommand, READABLE } from './harmless.ts';
import { junkText } from './junk.ts';
import type { Names } from './names.ts';
import type { Random } from './random.ts';
import { schemaValue, type Schema } from './schema-value.ts';

/** A command as `command.list` tells of it. */
export interface CommandKind {
  readonly name: string;
  readonly arguments: Schema;
}

export type RandomCommand = Record<string, unknown> & { readonly command: string };

const SAID = ['hello', '20::{"a":1}', '30:::', ':::', '2::x', '9::critical', '300::no level', '', '%s\\n', '💥'];

/** Makes commands an agent should take. */
export class CommandMaker {
  readonly #kinds: readonly CommandKind[];
  readonly #names: Names;

  constructor(kinds: readonly CommandKind[], names: Names) {
    this.#kinds = kinds.filter(({ name }) => name !== 'core.system' && isHarmlessCommand(name));
    this.#names = names;
  }

  /** A call of a built-in, its arguments made from its schema. */
  call(random: Random, name?: string): RandomCommand {
    const kind = this.#kinds.find((one) => one.name === name) ?? random.pick(this.#kinds);
    const args = schemaValue(random, kind.arguments, this.#names);
    return { command: kind.name, ...(random.chance(0.9) ? { arguments: args } : {}), ...this.#callOptions(random) };
  }

  /** A job: a harmless program with any of the options. */
  job(random: Random): RandomCommand {
    return { command: 'core.system', arguments: this.#program(random), ...this.#jobOptions(random) };
  }

  #callOptions(random: Random): object {
    return {
      ...(random.chance(0.2) ? { id: this.#names.id(random) } : {}),
      ...(random.chance(0.1) ? { max_time: random.pick([0, 0.001, 0.05, 1e9]) } : {}),
      ...(random.chance(0.1) ? { stream: true } : {}),
      ...(random.chance(0.05) ? { tags: this.#names.tags(random) } : {}),
    };
  }

  #program(random: Random): Record<string, unknown> {
    return {
      ...random.weighted<() => object>([
        [4, () => ({ name: 'true' })],
        [3, () => ({ name: 'false' })],
        [4, () => ({ name: 'echo', args: random.list(random.below(5), () => said(random)) })],
        [4, () => ({ name: 'cat', ...this.#input(random) })],
        [3, () => ({ name: 'sleep', args: [random.pick(['0', '0.01', '0.1', '1', '1000', 'x'])] })],
        [1, () => ({ name: 'cat', args: random.list(random.below(3), () => random.pick(READABLE)) })],
        [1, () => ({ name: random.pick(['/nowhere/program', 'no-such-program']) })],
      ])(),
      ...(random.chance(0.05) ? { dir: random.pick(['/', '/nowhere', '.', '/dev/null']) } : {}),
      ...(random.chance(0.05) ? { env: { FUZZ: junkText(random).replaceAll('\0', '') } } : {}),
      ...(random.chance(0.03) ? { pty: { columns: random.between(1, 300), rows: random.between(1, 100) } } : {}),
    };
  }

  #input(random: Random): object {
    return random.weighted<() => object>([
      [3, () => ({ open_stdin: true })],
      [3, () => ({ stdin: random.list(random.below(20), () => said(random)).join('\n') })],
      [1, () => ({ stdin: 'line\n'.repeat(random.below(60_000)) })],
      [1, () => ({})],
    ])();
  }

  #jobOptions(random: Random): object {
    const options: readonly (readonly [number, string, () => unknown])[] = [
      [0.7, 'id', () => this.#names.id(random)],
      [0.3, 'queue', () => this.#names.queue(random)],
      [0.2, 'priority', () => random.between(-1000, 1000)],
      [0.4, 'max_time', () => random.pick([0.001, 0.05, 0.3, 1, 1e9])],
      [0.5, 'kill_grace', () => random.pick([0.001, 0.01, 0.1])],
      [0.1, 'max_restart', () => random.pick([1, 2, 1e9])],
      [0.2, 'restart_delay', () => random.pick([0.001, 0.01, 0.5, 1e9])],
      [0.1, 'restart_max_delay', () => random.pick([0.001, 1, 1e9])],
      [0.06, 'recurring_period', () => random.pick([0.000_001, 0.01, 0.2, 1e9])],
      [0.06, 'stats_interval', () => random.pick([0.001, 0.1, 1e9])],
      [0.1, 'success_codes', () => random.list(random.below(3), () => random.below(256))],
      [0.4, 'stream', () => random.chance(0.8)],
      [0.1, 'log_levels', () => random.list(random.below(4), () => random.below(32))],
      [0.2, 'tags', () => this.#names.tags(random)],
      [0.05, 'keep', () => true],
      [0.3, 'ttl', () => random.pick([0.001, 0.1, 5, 1e9])],
      [0.2, 'raw', () => true],
    ];
    const chosen = options.filter(([probability]) => random.chance(probability));
    return Object.fromEntries(chosen.map(([, name, value]) => [name, value()]));
  }
}

/** What a program is told to say; now and then more than one argument can hold. */
function said(random: Random): string {
  return random.chance(0.01) ? 'y'.repeat(random.pick([100_000, 200_000])) : random.pick(SAID);
}
