/** The composition root: the one place that knows every layer. Starts them in order and closes them in reverse. */
import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { AgentAccess, Builtin } from '../engine/builtin.ts';
import type { ContainerAccess } from '../engine/container-access.ts';
import { Engine } from '../engine/engine.ts';
import type { Handler } from '../engine/handlers.ts';
import type { RecoveryReport } from '../engine/recovery.ts';
import type { JobAccess, QueueAccess } from '../engine/job-access.ts';
import type { Submission } from '../engine/submission.ts';
import type { Launcher } from '../host/launcher.ts';
import { Leftovers } from '../host/leftovers.ts';
import { FunctionPlace } from '../kinds/builtin/function-place.ts';
import { ResumedPlace } from '../kinds/builtin/resumed-place.ts';
import { LauncherPlace } from '../kinds/launcher-place.ts';
import { parseCommand } from '../protocol/command.ts';
import type { WireCommand } from '../protocol/command.ts';
import type { JobResult } from '../protocol/result.ts';
import type { State } from '../state/state.ts';
import type { Store } from '../store/open-store.ts';
import { PrometheusMetrics } from '../telemetry/prometheus-metrics.ts';
import { announce } from './agent-files.ts';
import { describeState } from './agent-state.ts';
import { STOP_DEADLINE_MS } from './agent-api.ts';
import type { Agent, AgentOptions, ControllerRegistry, StopAgentOptions, SubmitExtras } from './agent-api.ts';
import { AgentParts } from './agent-parts.ts';
import { Commands } from './commands.ts';
import { ownEnvironment, queueSettings } from './config.ts';
import type { Config } from './config.ts';
import { leaveRuntimeDir, openDirectories } from './data-dir.ts';
import { Doors } from './doors.ts';
import { makeLauncher } from './make-launcher.ts';
import { openAgentStore } from './open-agent-store.ts';
import { parts } from './parts.ts';
import type { AgentResources } from './resources/agent-resources.ts';
import { openResources } from './resources/open-resources.ts';
import { started } from './started.ts';
import { AGENT_VERSION } from './version.ts';

/**
 * Starts an agent: directories, store, launcher, unfinished jobs, then the doors.
 *
 * Errors: ConfigError and AgentError of whatever could not be opened; what was opened before is closed.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const agent = new RunningAgent(options);
  try {
    await agent.start();
  } catch (error) {
    await agent.stop();
    throw error;
  }
  return agent;
}

class RunningAgent implements Agent {
  readonly name: string;
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #metrics = new PrometheusMetrics();
  readonly #functions = new FunctionPlace();
  readonly #resumedFunctions = new ResumedPlace();
  readonly #startedAt: number;
  #store: Store | undefined;
  #resources: AgentResources | undefined;
  #engine: Engine | undefined;
  #commands: Commands | undefined;
  /** What built-ins may use, by the agent and its parts. */
  readonly #offered: Partial<AgentAccess> = {};
  #config: Config;
  #doors: Doors | undefined;
  #parts: AgentParts | undefined;
  #recovery: (RecoveryReport & { readonly generation: number }) | undefined;
  #launcher: Launcher | undefined;
  #closers: (() => Promise<void> | void)[] = [];
  #stopping: Promise<void> | undefined;
  #storeTrouble: string | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#clock = options.clock ?? systemClock;
    this.name = options.config.agent.name;
    this.#startedAt = this.#clock.now();
  }

  /** The start's steps, each with its counterpart for the stop. */
  async start(): Promise<void> {
    const { config, logger } = this.#options;
    const paths = openDirectories(config.agent.dataDir, config.agent.runtimeDir);
    this.#closers.push(() => {
      leaveRuntimeDir(config.agent.runtimeDir);
    });

    const store = await openAgentStore({
      config,
      outputDirectory: paths.output,
      clock: this.#clock,
      logger,
      onTrouble: (message) => (this.#storeTrouble = message),
    });
    this.#store = store;
    this.#closers.push(() => store.close());
    const environment = this.#options.environment ?? ownEnvironment();
    const resources = await openResources(this.#options, { store, environment, clock: this.#clock });
    this.#resources = resources;
    this.#closers.push(() => resources.close());
    const launcher = this.#options.launcher ?? makeLauncher({ config, clock: this.#clock, logger, environment });
    this.#launcher = launcher;
    const place = new LauncherPlace(launcher, new Leftovers(this.#clock), logger);
    this.#closers.push(() => place.close());

    const engine = new Engine({
      store: store.jobs,
      archive: store.outputs,
      places: [place, this.#functions, this.#resumedFunctions],
      clock: this.#clock,
      logger: logger.child({ part: 'engine' }),
      random: Math.random,
      limits: { maxJobs: config.jobs.max, running: config.jobs.running },
      queues: queueSettings(config),
      defaults: { killGraceMs: config.kill.graceMs, ttlMs: config.history.ttlMs },
      agent: (commands) => this.#access(() => commands.list()),
    });
    this.#engine = engine;
    const commands = new Commands(engine, {
      config,
      clock: this.#clock,
      place,
      functions: this.#functions,
      resumedFunctions: this.#resumedFunctions,
      environment,
      outputDirectory: (uid) => store.outputs.directory(uid),
    });
    this.#commands = commands;
    commands.registerShipped();
    for (const builtin of this.#options.builtins ?? []) commands.register(builtin);
    const standing = { engine, commands, store, resources, launcher, logger, environment, metrics: this.#metrics };
    const agentParts = new AgentParts(parts, {
      ...standing,
      agent: this,
      clock: this.#clock,
      config: () => this.#config,
      readConfig: () => this.#options.readConfig?.() ?? this.#config,
      server: () => this.#doors?.server,
      offer: (access) => Object.assign(this.#offered, access),
    });
    this.#parts = agentParts;
    this.#closers.push(() => agentParts.close());
    await agentParts.register();
    this.#recovery = await engine.start();

    const doors = await Doors.open({
      config,
      name: this.name,
      engine,
      clock: this.#clock,
      logger,
      tokenFile: paths.token,
      ready: () => this.#ready(),
      metrics: () => this.#metrics.text(),
    });
    this.#doors = doors;
    this.#closers.push(() => doors.server.close());
    await agentParts.begin();
    const { endpoints } = doors.server;
    const announced = await announce(paths, endpoints);
    // Who found the door may have asked for the stop by now.
    if (this.#stopping === undefined) this.#closers.push(() => announced[Symbol.dispose]());
    else announced[Symbol.dispose]();
    logger.info({ endpoints, recovered: this.#recovery, pid: process.pid }, 'The agent takes commands');
  }

  get endpoints(): readonly string[] {
    return this.#doors?.server.endpoints ?? [];
  }

  get recovery(): RecoveryReport {
    return started(this.#recovery);
  }

  get jobs(): JobAccess {
    return this.#running();
  }

  get queues(): QueueAccess {
    return this.#running().queues;
  }

  get containers(): ContainerAccess {
    return started(this.#offered.containers);
  }

  get state(): State {
    return started(this.#resources).state;
  }

  get controllers(): ControllerRegistry {
    return started(this.#resources).runtime;
  }

  submit(command: WireCommand, extras: SubmitExtras = {}): Submission {
    return this.#running().submit(parseCommand(command), { name: 'agent' }, extras);
  }

  async run(command: WireCommand, extras?: SubmitExtras): Promise<JobResult> {
    const submission = this.submit(command, extras);
    if (submission.type !== 'job') return submission.result;
    const accepted = await submission.accepted;
    return accepted.type === 'refused' ? accepted.result : accepted.job.result;
  }

  register(builtin: Builtin): Disposable {
    return started(this.#commands).register(builtin);
  }

  addHandler(handler: Handler): Disposable {
    return this.#running().addHandler(handler);
  }

  async reload(): Promise<void> {
    const { logger } = this.#options;
    const config = this.#options.readConfig?.() ?? this.#config;
    await this.#doors?.reload();
    this.#config = config;
    await this.#parts?.reload();
    logger.info({}, 'Token, certificates and configuration were read again');
  }

  stop(options: StopAgentOptions = {}): Promise<void> {
    this.#stopping ??= this.#stop(options);
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Jobs first, so that those who wait for a result still get it; then the doors; then what they stood on. */
  async #stop(options: StopAgentOptions): Promise<void> {
    const { logger } = this.#options;
    const { drain = false, deadlineMs = STOP_DEADLINE_MS } = options;
    if (this.#recovery !== undefined) this.#engine?.refuse();
    await this.#parts?.stop({ drain, deadlineMs });
    if (this.#recovery !== undefined) {
      const report = await this.#engine?.stop({ drain, deadlineMs });
      logger.info({ ...report }, 'Jobs are stopped');
    }
    for (const close of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        logger.error({ error }, 'A part of the agent could not be closed');
      }
    }
    this.#closers = [];
    await this.#options.onClosed?.();
    logger.info({}, 'The agent has ended');
  }

  #ready(): { ready: boolean; reasons: string[] } {
    const stopping = this.#stopping === undefined ? undefined : 'the agent is stopping';
    const reasons = [stopping, this.#storeTrouble, this.#launcher?.trouble].filter((reason) => reason !== undefined);
    return { ready: reasons.length === 0, reasons };
  }

  #access(commands: AgentAccess['commands']): AgentAccess {
    return Object.assign(this.#offered, {
      name: this.name,
      version: AGENT_VERSION,
      commands,
      state: () => this.#state(),
      stop: (options) => {
        const surviving = options.drain ? [] : (this.#engine?.surviving ?? []);
        if (this.#options.onStopRequested !== undefined) this.#options.onStopRequested(options);
        // The answer to the command that asks for it goes out first.
        else this.#clock.after(0, () => void this.stop(options));
        return surviving;
      },
    } satisfies AgentAccess);
  }

  async #state(): Promise<Record<string, unknown>> {
    const [engine, store, launcher] = [this.#engine, this.#store, this.#launcher];
    if (engine === undefined || store === undefined || launcher === undefined) return {};
    return await describeState({
      engine,
      store,
      launcher,
      clock: this.#clock,
      name: this.name,
      startedAt: this.#startedAt,
      generation: this.#recovery?.generation ?? 0,
    });
  }

  #running(): Engine {
    return started(this.#engine);
  }
}
