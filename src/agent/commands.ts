/** Which commands an agent knows, and which kind of process runs each. */
import { builtins as shippedBuiltins } from '../../builtins/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Builtin, CommandDescription } from '../engine/builtin.ts';
import type { Engine } from '../engine/engine.ts';
import type { ProcessFactory } from '../engine/process.ts';
import { MemoryBudget } from '../host/output/memory-budget.ts';
import { RecentPrograms } from '../host/recent-programs.ts';
import { builtinKind } from '../kinds/builtin/builtin-process.ts';
import type { FunctionPlace } from '../kinds/builtin/function-place.ts';
import type { ResumedPlace } from '../kinds/builtin/resumed-place.ts';
import type { LauncherPlace } from '../kinds/launcher-place.ts';
import { SYSTEM_COMMAND } from '../kinds/system/system-arguments.ts';
import { systemKind } from '../kinds/system/system-process.ts';
import { SecretLookup } from '../security/secrets/secret-lookup.ts';
import type { Config } from './config.ts';
import { describeBuiltin } from './describe-builtin.ts';

export interface CommandsOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly place: LauncherPlace;
  readonly functions: FunctionPlace;
  /** Of those that go on under the next agent. */
  readonly resumedFunctions: ResumedPlace;
  /** The agent's environment; an allow-list of it reaches processes. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly outputDirectory: (uid: string) => string;
}

/** Registers commands at an engine. */
export class Commands {
  /** Where whatever they start lives. */
  readonly place: LauncherPlace;
  /** Who tells them the values of secrets. */
  readonly secrets: SecretLookup;
  readonly #engine: Engine;
  readonly #options: CommandsOptions;
  readonly #budget: MemoryBudget;
  readonly #system: ProcessFactory;

  constructor(engine: Engine, options: CommandsOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#budget = new MemoryBudget(options.config.output.memoryBytes);
    const { config, clock, place, environment, outputDirectory } = options;
    const secrets = new SecretLookup(clock);
    this.place = place;
    this.secrets = secrets;
    this.#system = systemKind({
      place,
      environment,
      directory: process.cwd(),
      outputDirectory,
      outputBytes: config.output.jobBytes,
      drainMs: config.output.drainMs,
      cgroups: config.kill.cgroup,
      recentPrograms: new RecentPrograms(clock),
      readSecret: (name) => secrets.read(name),
    });
  }

  /** The commands of every agent. */
  registerShipped(): void {
    this.#engine.register({ sort: 'job', factory: this.#system, description: SYSTEM_COMMAND });
    for (const builtin of shippedBuiltins) this.register(builtin);
  }

  /** Registers a command that comes down to one of `core.system`. Errors: TypeError for a bad or taken name. */
  registerDerived(description: CommandDescription, make: (system: ProcessFactory) => ProcessFactory): Disposable {
    return this.#engine.register({ sort: 'job', factory: make(this.#system), description });
  }

  /** Registers a built-in: as a job when it is durable, else as a call. Errors: TypeError for a bad or taken name. */
  register(builtin: Builtin): Disposable {
    const engine = this.#engine;
    const description = describeBuiltin(builtin);
    if (builtin.durable !== true) return engine.register({ sort: 'call', builtin, description });
    const { config, clock, functions, resumedFunctions, outputDirectory } = this.#options;
    const factory = builtinKind(builtin, {
      place: builtin.resumes === true ? resumedFunctions : functions,
      clock,
      budget: this.#budget,
      outputDirectory,
      outputBytes: config.output.jobBytes,
      services: () => engine.services,
    });
    return engine.register({ sort: 'job', factory, description });
  }
}
