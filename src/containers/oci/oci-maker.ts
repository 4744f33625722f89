import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { fault } from '../../base/fault.ts';
import type { ContainerFilePart } from '../../engine/container-access.ts';
import type { Disk } from '../../host/files/disk.ts';
import { ContainerCgroup, findContainerGroups, removeContainerGroups } from '../../oci/container-cgroup.ts';
import { Inside } from '../../oci/images/copy/inside.ts';
import type { RootWish } from '../../oci/images/roots/prepared-root.ts';
import type { BindPolicy } from '../../oci/mounts/bind-policy.ts';
import { HeldBinds } from '../../oci/mounts/held-binds.ts';
import { outsideOf, processIdMap } from '../../oci/id-map.ts';
import type { OciRuntime, RuntimeRun } from '../../oci/runtime.ts';
import { buildRuntimeConfig } from '../../oci/spec/build-config.ts';
import type { ContainerGround, ContainerPlan } from '../../oci/spec/container-plan.ts';
import { AgentError, isAgentError } from '../../protocol/agent-error.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import type {
  ContainerMaker,
  PlannedRun,
  RunOfProcess,
  StagedFile,
  TreeRead,
  TreeToRead,
  WantedProgram,
} from '../container-maker.ts';
import { checkProgram } from './check-program.ts';
import { bindRequests, capabilitiesOf, containerPlan } from './container-plan.ts';
import type { ContainerNetworks } from './container-networks.ts';
import type { ContainerRoot, ContainerRoots } from './container-roots.ts';
import type { ContainerUsers } from './container-users.ts';
import { firstProcess } from './first-process.ts';
import { findInnerUser } from './find-inner-user.ts';
import { innerEnvironment } from './inner-program.ts';
import { innerLimits } from './inner-limits.ts';
import { FILE_OWNER, mainProgram } from './main-program.ts';
import { putStaged } from './put-staged.ts';
import { readPart } from './read-part.ts';
import { readStartNote, writeStartNote } from './start-note.ts';
import { TreeReads } from './tree-reads.ts';

export interface OciMakerOptions {
  /** Ours alone: each container has a directory in it. */
  readonly directory: string;
  /** Found and tried out when it is first needed. Errors: AgentError `not-able`. */
  readonly runtime: () => Promise<OciRuntime>;
  readonly ground: () => Promise<ContainerGround>;
  readonly roots: ContainerRoots;
  readonly networks: ContainerNetworks;
  readonly users: ContainerUsers;
  readonly binds: () => BindPolicy;
  readonly disk: Disk;
  /** Limits a container has when nobody said otherwise: left out where none can be set. */
  readonly defaultLimits: () => ContainerConfig['limits'];
}

/** Makes containers by an OCI runtime, of images, within networks. */
export class OciMaker implements ContainerMaker {
  readonly #options: OciMakerOptions;
  readonly #reads = new TreeReads();

  constructor(options: OciMakerOptions) {
    this.#options = options;
  }

  async main(
    id: string,
    config: ContainerConfig,
    files: readonly StagedFile[],
    run: RunOfProcess,
  ): Promise<PlannedRun> {
    const { networks, binds, disk, defaultLimits } = this.#options;
    const [runtime, ground] = await Promise.all([this.#options.runtime(), this.#options.ground()]);
    await this.clear(id);
    await using undo = new AsyncDisposableStack();
    fault('containers.oci.root');
    const root = await this.#root(id, config);
    const program = await mainProgram(root, config, files, run);
    fault('containers.oci.network');
    const network = await networks.join(id, config, root.idMap);
    const held = undo.use(await HeldBinds.take(bindRequests(config), binds(), disk));
    const plan: ContainerPlan = {
      ...containerPlan(id, config, root),
      process: program,
      network: network.plan,
      limits: innerLimits(config, defaultLimits(), ground),
      mounts: [...network.mounts, ...held.mounts],
    };
    const bundle = this.#bundle(id);
    await mkdir(bundle, { recursive: true, mode: 0o700 });
    fault('containers.oci.config');
    await writeStartNote(this.#note(id), {});
    // What it was given of the machine is looked at before its program may begin.
    const startAtOnce = held.mounts.length === 0;
    const built = buildRuntimeConfig(plan, ground);
    // The root itself may be one of the mounts: it comes before all that is in it.
    const planned = await runtime.createPlan({
      id,
      bundle,
      config: { ...built, mounts: [...root.mounts, ...built.mounts] },
      startAtOnce,
      ...(root.idMap && { idMap: root.idMap }),
      ...(root.rootMount && { rootMount: root.rootMount }),
    });
    const note = { log: planned.log, ...(planned.mainPid && { pid: planned.mainPid.file }) };
    await writeStartNote(this.#note(id), note);
    fault('containers.oci.planned');
    const begun = async (pid: number | undefined): Promise<void> => {
      const { cgroupParent } = ground;
      if (pid !== undefined && cgroupParent !== undefined) {
        const groups = await findContainerGroups(pid, cgroupParent);
        if (groups !== undefined) await writeStartNote(this.#note(id), { ...note, groups });
      }
      if (startAtOnce) return;
      await held.verify(pid ?? (await firstProcess(runtime, id)));
      fault('containers.oci.start');
      if (pid !== undefined) await runtime.start(id);
    };
    return this.#planned(runtime, inGroup(planned, id, ground), undo.move(), begun);
  }

  async exec(id: string, config: ContainerConfig, wanted: WantedProgram, run: RunOfProcess): Promise<PlannedRun> {
    const [runtime, ground] = await Promise.all([this.#options.runtime(), this.#options.ground()]);
    const state = await runtime.state(id);
    if (state?.pid === undefined) {
      throw new AgentError('not-running', `Cannot run a program in the container "${config.name}": it does not run`);
    }
    const { defaults, idMap } = await this.#root(id, config);
    await using tree = await this.#open(state.pid);
    const { home, ...user } = await findInnerUser(tree, wanted.user ?? defaults.user);
    const hasTerminal = wanted.terminal !== undefined;
    const variables = { image: defaults.env, container: config.env, program: wanted.env, home, hasTerminal };
    const env = innerEnvironment(variables, run);
    const cwd = wanted.dir ?? defaults.workingDirectory;
    if (hasTerminal) await checkProgram(tree, { name: wanted.path, env, cwd });
    fault('containers.oci.exec');
    const planned = await runtime.execPlan({
      id,
      bundle: this.#bundle(id),
      execId: run.key
        .replaceAll(/[^A-Za-z0-9_.-]/g, '_')
        .slice(-60)
        .replace(/^[^A-Za-z0-9]+/, ''),
      process: {
        args: [wanted.path, ...wanted.args],
        env,
        cwd,
        user,
        ...(wanted.terminal && { terminal: wanted.terminal }),
      },
      capabilities: capabilitiesOf(config),
      ...(idMap && { idMap }),
    });
    return this.#planned(runtime, inGroup(planned, id, ground), new AsyncDisposableStack());
  }

  rootOf(id: string): RootWish | undefined {
    return this.#options.roots.wishOf(id);
  }

  async isHeld(id: string): Promise<boolean> {
    if ((await readStartNote(this.#note(id))) === undefined) return false;
    return (await (await this.#options.runtime()).state(id))?.status === 'created';
  }

  async isMade(id: string): Promise<boolean> {
    const planned = await readStartNote(this.#note(id));
    if (planned?.pid === undefined) return true;
    return (await readFile(planned.pid, 'utf8').catch(() => '')).trim() !== '';
  }

  async explainMain(id: string): Promise<AgentError | undefined> {
    const planned = await readStartNote(this.#note(id));
    // With a terminal the runtime stays, and has no file for the pid.
    if (planned?.log === undefined || planned.pid === undefined) return undefined;
    const pid = await readFile(planned.pid, 'utf8').catch(() => '');
    return pid.trim() === '' ? await (await this.#options.runtime()).explain({ log: planned.log }) : undefined;
  }

  async clear(id: string, options: { readonly force?: boolean } = {}): Promise<{ readonly wasOutOfMemory: boolean }> {
    await this.#reads.end(id);
    const note = await readStartNote(this.#note(id));
    // One that was never started, or was cleared since, left nothing, and can go where nothing can be started any more.
    if (note === undefined || note.isCleared === true) {
      await this.#options.networks.leave(id, options);
      return { wasOutOfMemory: false };
    }
    const [runtime, { cgroupParent }] = await Promise.all([this.#options.runtime(), this.#options.ground()]);
    fault('containers.oci.delete');
    const group = note.groups === undefined ? undefined : new ContainerCgroup(note.groups);
    await group?.kill();
    const wasOutOfMemory = (await group?.wasOutOfMemory()) ?? false;
    await runtime.delete(id, { force: true });
    if (cgroupParent !== undefined) await removeContainerGroups(cgroupParent, id);
    fault('containers.oci.leave');
    await this.#options.networks.leave(id, options);
    await writeStartNote(this.#note(id), { ...note, isCleared: true });
    return { wasOutOfMemory };
  }

  async remove(id: string): Promise<void> {
    fault('containers.oci.remove');
    await this.#options.roots.remove(id);
    await rm(path.join(this.#options.directory, id), { recursive: true, force: true });
  }

  async copyTo(_id: string, pid: number, file: StagedFile): Promise<void> {
    await using tree = await this.#open(pid);
    await putStaged(tree, file, outsideOf(FILE_OWNER, await processIdMap(pid)));
  }

  readTree(id: string, pid: number, wanted: TreeToRead): TreeRead {
    return this.#reads.begin(id, () => this.#open(pid), wanted);
  }

  async copyFrom(
    _id: string,
    pid: number,
    file: string,
    part: { readonly offset: number; readonly length: number },
  ): Promise<ContainerFilePart> {
    await using tree = await this.#open(pid);
    return await readPart(tree, file, part);
  }

  async signal(id: string, signal: NodeJS.Signals): Promise<boolean> {
    return await (await this.#options.runtime()).kill(id, signal);
  }

  async pause(id: string): Promise<void> {
    await (await this.#options.runtime()).pause(id);
  }

  async resume(id: string): Promise<void> {
    await (await this.#options.runtime()).resume(id);
  }

  async imageStopSignal(id: string, config: ContainerConfig): Promise<string | undefined> {
    try {
      return (await this.#root(id, config)).defaults.stopSignal;
    } catch (error) {
      // Whatever became of its image, it can be ended.
      if (isAgentError(error)) return undefined;
      throw error;
    }
  }

  async #root(id: string, config: ContainerConfig): Promise<ContainerRoot> {
    const { image, users = 'own', name } = config;
    if (image === undefined)
      throw new AgentError('bad-arguments', `Cannot start the container "${name}": it has no image`);
    return await this.#options.roots.prepare(id, { image, users }, () => this.#options.users.of(config));
  }

  /** The files as the process sees them. */
  async #open(pid: number): Promise<Inside> {
    return await Inside.open(this.#options.disk, `/proc/${String(pid)}/root`);
  }

  #planned(
    runtime: OciRuntime,
    { log, ...run }: RuntimeRun,
    undo: AsyncDisposableStack,
    begun: PlannedRun['begun'] = () => Promise.resolve(),
  ): PlannedRun {
    return {
      ...run,
      begun,
      explain: () => runtime.explain({ log }),
      [Symbol.asyncDispose]: () => undo.disposeAsync(),
    };
  }

  #bundle(id: string): string {
    return path.join(this.#options.directory, id, 'bundle');
  }

  #note(id: string): string {
    return path.join(this.#options.directory, id, 'start.json');
  }
}

/** Says where the keeper sees whether the memory of the container was full. */
function inGroup(run: RuntimeRun, id: string, { cgroupParent }: ContainerGround): RuntimeRun {
  if (run.mainPid === undefined || cgroupParent === undefined) return run;
  return { ...run, mainPid: { ...run.mainPid, group: path.posix.join(cgroupParent, id) } };
}
