/** Starts what is wanted in the order of what needs what, and keeps it so: see docs/startup.md. */
import { inTime } from '../base/in-time.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { StartupChanges, StartupReport, StartupState, StartupStatus } from '../engine/startup-access.ts';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import type { EntryLife } from './entry-life.ts';
import { isPending } from './entry-state.ts';
import { judgeDependencies } from './judge-dependencies.ts';
import { keepKnown } from './keep-known.ts';
import { endLeftJob } from './left-job.ts';
import { makeLife } from './make-life.ts';
import { Milestones } from './milestones.ts';
import { comparePlans, EMPTY_PLAN, planStartup } from './plan-startup.ts';
import type { StartupPlan } from './plan-startup.ts';
import { describeEntry } from './describe-entry.ts';
import { isMilestone, STARTUP_TAG } from './startup-entry.ts';
import type { DesiredStartup, StartupProblem } from './startup-entry.ts';
import { isStageTried } from './stage-progress.ts';
import type { ApplyOptions, StartupPorts } from './startup-ports.ts';
import { stopInReverse } from './stop-in-reverse.ts';

const NO_CHANGES: StartupChanges = { added: [], removed: [], changed: [], revived: [], unchanged: 0 };

/** How long a change that is under way may keep an agent from ending, milliseconds. */
const LAST_TURN_MS = 1000;

export class Startup {
  readonly #ports: StartupPorts;
  readonly #milestones: Milestones;
  readonly #lives = new Map<string, EntryLife>();
  #plan: StartupPlan = EMPTY_PLAN;
  #problems: readonly StartupProblem[] = [];
  /** Entries may be started. */
  #isOpen = false;
  #hasEnded = false;
  /** Entries that may have become ready, or no longer are. */
  readonly #pending = new Set<string>();
  #isWorking = false;
  /** What changes all of it is done one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: StartupPorts) {
    this.#ports = ports;
    this.#milestones = new Milestones(ports, {
      isStageTried: (stage) =>
        isStageTried(stage, this.#plan.graph, this.#lives, (milestone) => this.#milestones.isReached(milestone)),
      wantsNetwork: () => this.#plan.graph.dependants.has('net'),
      onReached: (milestone) => this.#lookAt(this.#plan.graph.dependants.get(milestone) ?? []),
    });
  }

  /**
   * Takes over what earlier agents left, ends what of it is not wanted any more, then starts what is wanted. Resolves
   * when the first are being started. Never rejects: what goes wrong is told by {@link list} and the log.
   */
  begin(desired: DesiredStartup): Promise<void> {
    return this.#inTurn(async () => {
      const past = await this.#ports.memory.recall();
      this.#adopt(desired);
      // What was right before and is invalid now is left alone until somebody has put it right.
      const wanted = new Set([...this.#plan.entries].flatMap(([id, { type }]) => (type === 'skipped' ? [] : [id])));
      const unwanted = past.ids.filter((id) => !wanted.has(id));
      await Promise.all([
        ...unwanted.map((id) => this.#endUnwanted(id)),
        ...[...this.#lives.values()].map((life) => life.takeOver(past).catch(() => undefined)),
      ]);
      await this.#remember();
      this.#open();
    });
  }

  /** Makes another set of entries true. What is the same in both is not touched. Once it has ended nothing happens. */
  apply(desired: DesiredStartup, { revives = true }: ApplyOptions = {}): Promise<StartupChanges> {
    return this.#inTurn(async () => {
      if (this.#hasEnded) return NO_CHANGES;
      const before = this.#plan;
      const wanted = keepKnown(before, desired, this.#ports.words);
      const after = planStartup(wanted.entries, this.#ports.words);
      const { added, removed, changed, kept } = comparePlans(before, after);
      this.#isOpen = false;
      const going = new Set([...removed, ...changed]);
      await this.#stopAll(before, going, 'the configuration was changed').catch((error: unknown) => {
        this.#ports.logger.error({ error: errorMessage(error) }, 'An entry of the startup could not be stopped');
      });
      const keptLives = new Map(kept.flatMap((id) => [[id, this.#lives.get(id)] as const]));
      for (const [id, life] of this.#lives) if (!keptLives.has(id)) life.close();
      const revived = kept.filter((id) => revives && keptLives.get(id)?.wasKilled === true);
      this.#adopt(wanted, keptLives);
      for (const id of revived) this.#lives.get(id)?.standing.to('waiting');
      await this.#remember();
      this.#open();
      return { added, removed, changed, revived, unchanged: kept.length - revived.length };
    });
  }

  list(): StartupReport {
    const infos = new Map(this.#ports.jobs.list({ tags: [STARTUP_TAG] }).map((info) => [info.id, info]));
    const { order } = this.#plan.graph;
    const unordered = [...this.#lives.keys()].filter((id) => !this.#plan.graph.stages.has(id));
    const entries = [...order, ...unordered].flatMap((id) => {
      const life = this.#lives.get(id);
      return life === undefined ? [] : [describeEntry(life, this.#plan.graph, infos.get(id))];
    });
    const problems = this.#problems.map(({ isUnreadable: _isUnreadable, ...problem }) => problem);
    return { milestones: this.#milestones.list(), entries, problems };
  }

  /** See StartupAccess. */
  async start(id: string): Promise<StartupStatus> {
    await this.#turn;
    const life = this.#runnable(id, 'start');
    const { state } = life.standing;
    if (state === 'scheduled') life.start();
    else if (state === 'done' || state === 'failed' || state === 'stopped') this.#letStart(life);
    return this.#status(id);
  }

  /** See StartupAccess. */
  async stop(id: string): Promise<StartupStatus> {
    await this.#turn;
    await this.#life(id, 'stop').stop('a caller stopped it');
    return this.#status(id);
  }

  /** See StartupAccess. */
  async restart(id: string): Promise<StartupStatus> {
    await this.#turn;
    const life = this.#runnable(id, 'restart');
    await life.stop('a caller restarts it');
    // The configuration may have been read again meanwhile.
    if (this.#lives.get(id) === life) this.#letStart(life);
    return this.#status(id);
  }

  /**
   * Starts nothing more. `ordered`: stops everything, each before what it comes after, for at most `withinMs`; else all
   * that runs is left as it is. Never rejects.
   */
  async end({ ordered, withinMs }: { readonly ordered: boolean; readonly withinMs: number }): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#isOpen = false;
    this.#milestones[Symbol.dispose]();
    const { clock, logger, memory } = this.#ports;
    // What is under way must not go on behind the agent's end.
    await inTime(clock, ordered ? withinMs : Math.min(withinMs, LAST_TURN_MS), this.#turn, undefined);
    if (ordered) {
      const stopping = this.#stopAll(this.#plan, new Set(this.#lives.keys()), 'the agent stops');
      const isOver = await inTime(clock, withinMs, stopping.then(yes, yes), false);
      if (!isOver) logger.warn({}, 'Entries of the startup are still ending');
    }
    for (const life of this.#lives.values()) life.close();
    if (ordered) await memory.forget().catch(() => undefined);
  }

  /** Takes a set of entries for the one that is wanted. Lives that are kept go on. */
  #adopt(desired: DesiredStartup, kept: ReadonlyMap<string, EntryLife | undefined> = new Map()): void {
    this.#plan = planStartup(desired.entries, this.#ports.words);
    this.#problems = desired.problems;
    const { onChange = (): void => undefined } = this.#ports;
    this.#lives.clear();
    for (const [id, prepared] of this.#plan.entries) {
      const life = kept.get(id);
      life?.adjust(prepared.entry);
      this.#lives.set(id, life ?? makeLife(prepared, this.#ports, { onMove: () => this.#moved(id), onChange }));
      if (prepared.type === 'invalid')
        this.#ports.logger.warn({ entry: id, why: prepared.reason }, 'An entry of the startup can not be started');
    }
    for (const { source, message } of this.#problems)
      this.#ports.logger.warn({ source, message }, 'A part of the startup can not be used');
    onChange();
  }

  #open(): void {
    if (this.#hasEnded) return;
    this.#isOpen = true;
    this.#lookAt([...this.#plan.graph.order, ...this.#lives.keys()]);
    this.#milestones.look();
  }

  #moved(id: string): void {
    if (!this.#isOpen) return;
    this.#lookAt(this.#plan.graph.dependants.get(id) ?? []);
    this.#milestones.look();
  }

  #lookAt(ids: readonly string[]): void {
    for (const id of ids) this.#pending.add(id);
    if (this.#isWorking || !this.#isOpen) return;
    this.#isWorking = true;
    for (const id of this.#pending) {
      this.#pending.delete(id);
      this.#consider(id);
    }
    this.#isWorking = false;
  }

  /** Starts an entry whose turn has come, or says why it hasn't. */
  #consider(id: string): void {
    const life = this.#lives.get(id);
    if (life === undefined || !isPending(life.standing.state)) return;
    const verdict = judgeDependencies(this.#plan.graph.after.get(id) ?? [], (name) => this.#stateOf(name));
    switch (verdict.type) {
      case 'ready':
        life.start();
        return;
      case 'waiting':
        life.standing.to('waiting', undefined, verdict.for);
        return;
      case 'blocked': {
        const isNews = life.standing.state !== 'blocked';
        const why = verdict.by.map((name) => `"${name}" is ${this.#stateOf(name)}`).join(', ');
        if (isNews) this.#ports.logger.warn({ entry: id, why }, 'An entry of the startup is blocked');
        life.standing.to('blocked', why, verdict.by);
      }
    }
  }

  #letStart(life: EntryLife): void {
    life.standing.to('waiting');
    this.#lookAt([life.entry.id]);
  }

  #stateOf(name: string): StartupState {
    if (isMilestone(name)) return this.#milestones.isReached(name) ? 'running' : 'waiting';
    return this.#lives.get(name)?.standing.state ?? 'invalid';
  }

  async #stopAll(plan: StartupPlan, ids: ReadonlySet<string>, why: string): Promise<void> {
    const dependants = (id: string): readonly string[] => plan.graph.dependants.get(id) ?? [];
    const order = plan.graph.order.filter((id) => this.#lives.has(id) && plan.entries.get(id)?.type === 'ready');
    await stopInReverse(order, dependants, async (id) => {
      if (ids.has(id)) await this.#lives.get(id)?.stop(why);
    });
  }

  async #endUnwanted(id: string): Promise<void> {
    const { jobs, logger } = this.#ports;
    const [info] = jobs.list({ ids: [id], tags: [STARTUP_TAG] });
    if (info === undefined) return;
    logger.info({ entry: id }, 'An entry is wanted no more, its job is ended');
    await endLeftJob(jobs, id).catch(() => undefined);
  }

  async #remember(): Promise<void> {
    const ids = [...this.#plan.entries].flatMap(([id, { type }]) => (type === 'ready' ? [id] : []));
    try {
      await this.#ports.memory.keep(ids);
    } catch (error) {
      this.#ports.logger.error({ error: errorMessage(error) }, 'What the startup has begun can not be remembered');
    }
  }

  #status(id: string): StartupStatus {
    const [info] = this.#ports.jobs.list({ ids: [id], tags: [STARTUP_TAG] });
    return describeEntry(this.#life(id, 'show'), this.#plan.graph, info);
  }

  #runnable(id: string, action: string): EntryLife {
    const life = this.#life(id, action);
    const { state, why = '' } = life.standing;
    if (state !== 'skipped' && state !== 'invalid') return life;
    throw new AgentError('not-able', `Cannot ${action} the startup entry "${id}": ${why}`);
  }

  #life(id: string, action: string): EntryLife {
    const life = this.#lives.get(id);
    if (life !== undefined) return life;
    const nearest = nearestName(id, this.#lives.keys());
    const hint = nearest === undefined ? 'none of this id is configured' : `did you mean "${nearest}"?`;
    throw new AgentError('unknown-entry', `Cannot ${action} the startup entry "${id}": ${hint}`);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function yes(): boolean {
  return true;
}
