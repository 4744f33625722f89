import { AgentError } from '../protocol/agent-error.ts';
import { describeIssues } from '../protocol/command.ts';
import type { RootWish } from '../oci/images/roots/prepared-root.ts';
import { ContainerConfig, type PendingFile } from '../protocol/container.ts';
import { type PendingChange, standardWish, type WishDefaults } from './pending-change.ts';

/** The configuration a commit would make: the next version, and the next start where it is to run and does not. */
export interface NextConfig {
  readonly config: ContainerConfig;
  /** What was left out, as the container runs. */
  readonly ignored: readonly string[];
}

/** What a commit has to know beside the change. */
export interface CommitFacts {
  readonly defaults: WishDefaults;
  /** It has, or is about to have, a main process. */
  readonly isUp: boolean;
  /** What its files are made of since its first start. */
  readonly root?: RootWish | undefined;
  /** Sequence of the last file that was copied in. */
  readonly filesDone: number;
  /** Of one that is new. */
  readonly number: number;
  readonly now: number;
}

/** Errors: AgentError `bad-arguments` for what does not go together. */
export function nextConfig(change: PendingChange, facts: CommitFacts): NextConfig {
  const { base, wish, unset, runState, files } = change;
  const before: ContainerConfig = base?.spec ?? {
    ...standardWish('', facts.defaults),
    number: facts.number,
    created: facts.now,
    version: 0,
    run_state: 'created',
    starts: 0,
    files: [],
  };
  const isIgnored = wish.limits !== undefined && facts.isUp && runState !== 'stopped';
  const { limits, ...others } = wish;
  const gone = new Set<string>(unset.filter((name) => !Object.hasOwn(wish, name)));
  const merged = Object.fromEntries(
    Object.entries({ ...before, ...others, ...(limits !== undefined && !isIgnored && { limits }) }).filter(
      ([name]) => !gone.has(name),
    ),
  );
  const starts = runState === 'running' && !(facts.isUp && before.run_state === 'running');
  const waiting = before.files.filter(({ sequence }) => sequence > facts.filesDone);
  const last = Math.max(facts.filesDone, before.files.at(-1)?.sequence ?? 0);
  const added = files.map((file, index) => ({
    sequence: last + 1 + index,
    path: file.path,
    mode: file.mode,
    size: file.size,
    source: file.source,
    ...(file.archive !== undefined && { archive: file.archive }),
  }));
  const parsed = ContainerConfig.safeParse({
    ...merged,
    version: before.version + 1,
    run_state: runState ?? before.run_state,
    starts: before.starts + (starts ? 1 : 0),
    files: [...waiting.filter((file) => !added.some((other) => takesPlace(other, file))), ...added],
  });
  if (!parsed.success)
    throw new AgentError(
      'bad-arguments',
      `Cannot commit the container: ${describeIssues(parsed.error, ContainerConfig)}`,
    );
  const config = parsed.data;
  if (starts && config.image === undefined) {
    throw new AgentError('bad-arguments', `Cannot start the container "${config.name}": it has no image`);
  }
  checkRoot(config, facts.root);
  return { config, ignored: isIgnored ? ['limits'] : [] };
}

/** Archives go one into the other. */
function takesPlace(file: PendingFile, before: PendingFile): boolean {
  return file.path === before.path && file.archive === undefined && before.archive === undefined;
}

/** Its files stay what they are, with all that was written to them. */
function checkRoot({ name, image, users = 'own' }: ContainerConfig, root: RootWish | undefined): void {
  if (root === undefined || (image === root.image && users === root.users)) return;
  const what = users === root.users ? 'image' : 'users';
  throw new AgentError(
    'bad-arguments',
    `Cannot change the ${what} of the container "${name}": since its first start its files are those of "${root.image}" for users "${root.users}"; create another container`,
  );
}
