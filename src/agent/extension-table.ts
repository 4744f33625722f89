/** The extensions of an agent: read, registered, exchanged when they change. */
import { nearestName } from '../base/nearest-name.ts';
import type { ExtensionAccess, ExtensionChanges, ExtensionInfo, ResolvedCommand } from '../engine/extension-access.ts';
import type { JsonValue } from '../base/json.ts';
import { SYSTEM_COMMAND } from '../kinds/system/system-arguments.ts';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Commands } from './commands.ts';
import type { Environment } from './config-sources.ts';
import type { FoundManifest } from './manifest-files.ts';
import { fingerprintOf, prepareManifest, type PreparedManifest } from './prepare-extension.ts';

export interface ExtensionTableOptions {
  /** Looks for manifests, the more important first. */
  readonly find: () => Promise<readonly FoundManifest[]>;
  readonly commands: Pick<Commands, 'registerDerived'>;
  readonly environment: Environment;
  readonly logger: Logger;
}

/** A manifest and what became of it. */
interface Entry {
  readonly found: FoundManifest;
  /** Of the version that failed, when it did. */
  readonly fingerprint: string;
  /** What answers now. */
  readonly prepared: PreparedManifest | undefined;
  readonly registration: Disposable | undefined;
  readonly reason: string | undefined;
}

/** A manifest that was read and is not taken over yet. */
interface Read {
  readonly key: string;
  readonly found: FoundManifest;
  readonly fingerprint: string;
  readonly outcome: 'unchanged' | { readonly prepared: PreparedManifest } | { readonly reason: string };
}

export class ExtensionTable implements ExtensionAccess, Disposable {
  readonly #options: ExtensionTableOptions;
  #entries = new Map<string, Entry>();
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(options: ExtensionTableOptions) {
    this.#options = options;
  }

  list(): readonly ExtensionInfo[] {
    return [...this.#entries.values()].map(({ found: { name, sort, source }, prepared, reason }) => ({
      name,
      sort,
      state: reason === undefined ? 'loaded' : 'failed',
      source,
      ...(prepared === undefined ? {} : { summary: prepared.summary }),
      commands: prepared?.commands.map(({ description }) => description.name) ?? [],
      ...(reason === undefined ? {} : { reason }),
      warnings: prepared?.warnings ?? [],
    }));
  }

  /** One after the other; each sees what is there when its turn comes. */
  reload(): Promise<ExtensionChanges> {
    const reloading = this.#reloading.then(() => this.#reload());
    this.#reloading = reloading.catch(() => undefined);
    return reloading;
  }

  resolve(command: string, args: JsonValue | undefined): ResolvedCommand {
    const commands = [...this.#entries.values()].flatMap(({ prepared }) => prepared?.commands ?? []);
    const known = commands.find(({ description }) => description.name === command);
    if (known === undefined) {
      const nearest = nearestName(
        command,
        commands.map(({ description }) => description.name),
      );
      const hint = nearest === undefined ? '"extension.list" shows all' : `did you mean "${nearest}"?`;
      throw new AgentError('unknown-command', `Cannot test "${command}": no extension answers to it, ${hint}`);
    }
    return { command: SYSTEM_COMMAND.name, arguments: known.resolve(args) as unknown as JsonValue };
  }

  [Symbol.dispose](): void {
    for (const { registration } of this.#entries.values()) registration?.[Symbol.dispose]();
    this.#entries.clear();
  }

  async #reload(): Promise<ExtensionChanges> {
    const wanted = keyed(await this.#options.find());
    const reads = await Promise.all(wanted.map(([key, found]) => this.#read(key, found)));
    // What is gone makes way first, so that another may have its name.
    const keys = new Set(wanted.map(([key]) => key));
    const removed = [...this.#entries].filter(([key]) => !keys.has(key));
    for (const [, { registration }] of removed) registration?.[Symbol.dispose]();
    const before = this.#entries;
    this.#entries = new Map();
    for (const read of reads) this.#entries.set(read.key, this.#take(read, before.get(read.key)));
    const namesOf = (outcome: (read: Read) => boolean): string[] =>
      reads.filter(outcome).map(({ found }) => found.name);
    const isNew = ({ key }: Read): boolean => before.get(key)?.prepared === undefined;
    const isLoaded = ({ key, outcome }: Read): boolean =>
      outcome !== 'unchanged' && this.#entries.get(key)?.reason === undefined;
    return {
      added: namesOf((read) => isLoaded(read) && isNew(read)),
      changed: namesOf((read) => isLoaded(read) && !isNew(read)),
      removed: removed.map(([, { found }]) => found.name),
      failed: namesOf(({ key }) => this.#entries.get(key)?.reason !== undefined),
    };
  }

  async #read(key: string, found: FoundManifest): Promise<Read> {
    const fingerprint = await fingerprintOf(found);
    const before = this.#entries.get(key);
    // What failed is tried again: the reason may have been another's.
    if (before?.fingerprint === fingerprint && before.reason === undefined) {
      return { key, found, fingerprint, outcome: 'unchanged' };
    }
    try {
      return {
        key,
        found,
        fingerprint,
        outcome: { prepared: await prepareManifest(found, this.#options.environment) },
      };
    } catch (error) {
      return { key, found, fingerprint, outcome: { reason: errorMessage(error) } };
    }
  }

  /** A version that can't be used leaves the one before in its place. */
  #take({ found, fingerprint, outcome }: Read, before: Entry | undefined): Entry {
    if (outcome === 'unchanged' && before !== undefined) return before;
    if (outcome === 'unchanged' || 'reason' in outcome) {
      const reason = outcome === 'unchanged' ? 'it is gone' : outcome.reason;
      this.#tell(found, reason);
      const { prepared, registration } = before ?? {};
      return { found, fingerprint, prepared, registration, reason };
    }
    before?.registration?.[Symbol.dispose]();
    const { prepared } = outcome;
    try {
      return { found, fingerprint, prepared, registration: this.#register(prepared), reason: undefined };
    } catch (error) {
      const reason = errorMessage(error);
      this.#tell(found, reason);
      const earlier = before?.prepared;
      return { found, fingerprint, prepared: earlier, registration: earlier && this.#register(earlier), reason };
    }
  }

  /** All commands of a manifest, or none. Errors: TypeError for a name that is taken. */
  #register({ commands }: PreparedManifest): Disposable {
    using stack = new DisposableStack();
    for (const { description, make } of commands) stack.use(this.#options.commands.registerDerived(description, make));
    return stack.move();
  }

  #tell({ name, source }: FoundManifest, reason: string): void {
    this.#options.logger.warn({ extension: name, source, reason }, 'An extension can not be used');
  }
}

/** Of two with one name the first counts; the other fails, unless it only came with the package. */
function keyed(found: readonly FoundManifest[]): [key: string, FoundManifest][] {
  const first = new Map<string, FoundManifest>();
  return found.flatMap((manifest): [string, FoundManifest][] => {
    const key = `${manifest.sort} ${manifest.name}`;
    const holder = first.get(key);
    if (holder === undefined) {
      first.set(key, manifest);
      return [[key, manifest]];
    }
    if (manifest.isShipped) return [];
    const trouble = `the name is taken by ${holder.source}`;
    return [[`${key} ${manifest.source}`, { ...manifest, content: { trouble } }]];
  });
}
