import { mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import type { RuntimeRun } from '../../../src/oci/runtime.ts';
import type { OciRuntime } from '../../../src/oci/runtime.ts';
import { containerGround } from '../../../src/oci/container-ground.ts';
import { buildRuntimeConfig } from '../../../src/oci/spec/build-config.ts';
import type { ContainerGround, ContainerPlan } from '../../../src/oci/spec/container-plan.ts';
import { removeContainerGroups } from '../../../src/oci/container-cgroup.ts';
import { makeTinyRoot } from '../../harness/tiny-root.ts';
import type { RunOnStage, SpecParts } from '../launcher/stage.ts';
import { Stage } from '../launcher/stage.ts';
import { stageKeeper } from './stage-keeper.ts';

/** Makes a runtime whose state is in the directory; its ground may be another than the machine's. */
export type MakeRuntime = (
  directory: string,
  ground: ContainerGround,
) => { readonly runtime: OciRuntime; readonly ground: ContainerGround };

export interface StagedContainer {
  readonly id: string;
  readonly bundle: string;
  readonly root: string;
  readonly plan: RuntimeRun;
  readonly run: RunOnStage;
}

type PlanParts = Partial<Omit<ContainerPlan, 'process' | 'id'>> & Partial<Omit<ContainerPlan['process'], 'args'>>;

/** A runtime, a keeper and roots for containers; all of them are gone when it is closed. */
export class ContainerStage {
  readonly keeper = new Stage(stageKeeper);
  readonly #make: MakeRuntime;
  readonly #parent = `corex-test-${String(process.pid)}`;
  #runtime: OciRuntime | undefined;
  #ground: ContainerGround | undefined;
  #containers = 0;

  constructor(make: MakeRuntime) {
    this.#make = make;
  }

  get runtime(): OciRuntime {
    if (this.#runtime === undefined) throw new Error('Cannot use the stage before it is set');
    return this.#runtime;
  }

  get ground(): ContainerGround {
    if (this.#ground === undefined) throw new Error('Cannot use the stage before it is set');
    return this.#ground;
  }

  async open(): Promise<void> {
    await this.keeper.open();
    const made = this.#make(this.keeper.folder(), await containerGround(this.#parent));
    this.#ground = made.ground;
    this.#runtime = made.runtime;
  }

  async close(): Promise<void> {
    for (const { id } of await this.runtime.list()) await this.runtime.delete(id, { force: true });
    await removeContainerGroups(this.#parent);
    await this.keeper.close();
  }

  newId(): string {
    this.#containers += 1;
    return `c${String(process.pid)}-${String(this.#containers)}`;
  }

  /** Makes a container of a shell script and runs it. */
  async run(script: string, parts: PlanParts = {}, spec: SpecParts = {}): Promise<StagedContainer> {
    return await this.make(['/bin/sh', '-c', script], parts, { startAtOnce: true }, spec);
  }

  async make(
    args: readonly string[],
    {
      env,
      cwd,
      user,
      terminal,
      limits,
      newPrivileges,
      ...parts
    }: PlanParts & { limits?: ContainerPlan['limits'] } = {},
    { startAtOnce = false, id = this.newId() }: { startAtOnce?: boolean; id?: string } = {},
    spec: SpecParts = {},
  ): Promise<StagedContainer> {
    const bundle = mkdtempSync(path.join(this.keeper.folder(), 'b-'));
    const root = parts.root?.path ?? makeTinyRoot(path.join(bundle, 'root'));
    mkdirSync(root, { recursive: true });
    const config = buildRuntimeConfig(
      {
        id,
        network: { type: 'none' },
        capabilities: [],
        ...parts,
        ...(limits && { limits }),
        root: { ...parts.root, path: root },
        process: {
          args,
          env: { PATH: '/bin', ...env },
          ...(cwd !== undefined && { cwd }),
          ...(user && { user }),
          ...(spec.pty && { terminal: spec.pty }),
          ...(newPrivileges !== undefined && { newPrivileges }),
        },
      },
      this.ground,
    );
    const plan = await this.runtime.createPlan({ id, bundle, config, startAtOnce });
    const run = await this.keeper.start({ ...pick(plan), ...spec });
    return { id, bundle, root, plan, run };
  }

  /** Runs another script in a container. */
  async exec(
    { id, bundle }: StagedContainer,
    args: readonly string[],
    spec: SpecParts = {},
  ): Promise<StagedContainer['run']> {
    this.#containers += 1;
    const process = { args, env: { PATH: '/bin' }, ...(spec.pty && { terminal: spec.pty }) };
    const plan = await this.runtime.execPlan({
      id,
      bundle,
      execId: `e${String(this.#containers)}`,
      process,
      capabilities: [],
    });
    return await this.keeper.start({ ...pick(plan), ...spec });
  }

  /** The process a run goes on as. */
  async mainPid({ key, pid }: RunOnStage): Promise<number> {
    return await this.keeper.told(`${key} goes on as the container's process`, key, (events) => {
      const last = events.findLast((event) => event.type === 'started');
      return last?.type === 'started' && last.started.pid !== pid ? last.started.pid : undefined;
    });
  }
}

/** What the keeper is given of a plan. */
function pick({ program, args, env, cwd, mainPid }: RuntimeRun): SpecParts {
  return { program, args, env, cwd, ...(mainPid && { mainPid }) };
}

export function useContainerStage(make: MakeRuntime): ContainerStage {
  const stage = new ContainerStage(make);
  beforeAll(() => stage.open());
  afterAll(() => stage.close());
  return stage;
}
