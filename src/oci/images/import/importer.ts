/** Brings images here, from wherever they may come from. */
import { mkdir } from 'node:fs/promises';
import process from 'node:process';
import type { Clock } from '../../../base/clock.ts';
import { openRegular, parseOpenMode } from '../../../host/files/open-regular.ts';
import { locate, type Ground } from '../../../host/files/spot.ts';
import { runHelper } from '../../../host/helper-program.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import { explained } from '../../../protocol/file-error.ts';
import { Inside } from '../copy/inside.ts';
import type { Digest } from '../digest.ts';
import { hashFile } from './hash-file.ts';
import type { ImageStore, KnownImage } from '../image-store.ts';
import type { Hold } from '../pins.ts';
import { ownPlatform, type Platform } from '../platform.ts';
import { checkKind, checkReference, type ImagePolicy } from '../policy.ts';
import { parseReference, referenceText } from '../reference.ts';
import { parseSource, type ImageSource, type LocalKind } from '../source.ts';
import type { Stage } from '../staging.ts';
import type { UnpackLimits } from '../unpack/limits.ts';
import { runUnpack } from '../unpack/run-unpack.ts';
import { takeSaved } from './docker-archive.ts';
import { takeLayout } from './layout.ts';
import { takeFromRegistry } from './registry.ts';
import { takeRoot } from './root.ts';
import type { RegistrySettings } from './skopeo.ts';
import { Turns } from './turns.ts';

export interface ImportSettings {
  readonly policy: ImagePolicy;
  readonly limits: UnpackLimits;
  readonly registry: RegistrySettings;
}

export interface ImportRequest {
  /** As {@link parseSource} reads it. */
  readonly source: string;
  /** What it is called here. Default: what it is called there. */
  readonly name?: string;
  /** Which one of several in a file is meant. */
  readonly reference?: string;
  /** Default: that of this machine. */
  readonly platform?: Platform;
}

export interface ImportWatch {
  readonly signal: AbortSignal;
  /** Told of each step, in words. */
  readonly onStep: (text: string) => void;
  /** Told how many bytes of files of a layer are written. */
  readonly onProgress?: (bytes: number) => void;
}

interface Taken {
  readonly digest: Digest;
  readonly name: string | undefined;
}

export class ImageImporter {
  readonly #store: ImageStore;
  readonly #settings: () => ImportSettings;
  readonly #ground: () => Ground;
  readonly #clock: Clock;
  readonly #turns = new Turns();

  /** `ground`: the files that callers may read. */
  constructor(store: ImageStore, settings: () => ImportSettings, ground: () => Ground, clock: Clock) {
    this.#store = store;
    this.#settings = settings;
    this.#ground = ground;
    this.#clock = clock;
  }

  /**
   * Brings an image here: fetched or copied, checked, unpacked, named. Whatever fails leaves nothing but blobs that a second
   * try finds.
   *
   * Errors: AgentError `bad-arguments`, `forbidden` for what the policy has not, `unknown-image`, `bad-image`, `unreachable`,
   * `no-space`, `not-able`, and those of files; the signal's reason.
   */
  async add(request: ImportRequest, watch: ImportWatch): Promise<KnownImage> {
    const source = parseSource(request.source);
    const name = request.name === undefined ? undefined : checkedName(request.name);
    const settings = this.#settings();
    checkKind(settings.policy, source.kind);
    if (source.kind === 'registry') checkReference(settings.policy, source.reference);
    using hold = this.#store.pins.hold();
    const from = source.kind === 'registry' ? referenceText(source.reference) : request.source;
    watch.onStep(`Taking ${from}`);
    const taken = await this.#take(source, request, settings, watch, hold);
    watch.onStep(`Unpacking ${taken.digest}`);
    return await this.#store.add(taken.digest, name ?? taken.name, from, this.#clock.now(), watch);
  }

  async #take(
    source: ImageSource,
    request: ImportRequest,
    settings: ImportSettings,
    watch: ImportWatch,
    hold: Hold,
  ): Promise<Taken> {
    const platform = request.platform ?? ownPlatform();
    if (source.kind === 'registry') {
      const { reference } = source;
      const choice = {
        reference,
        platform,
        mostBytes: settings.limits.bytes,
        signal: watch.signal,
        onLine: watch.onStep,
      };
      const digest = await takeFromRegistry(this.#store, settings.registry, this.#turns, choice, hold);
      return { digest, name: referenceText(reference) };
    }
    await using stage = await this.#store.staging.make();
    return await this.#takeLocal(source.kind, source.path, { ...request, platform }, { settings, watch, hold, stage });
  }

  async #takeLocal(
    kind: LocalKind,
    path: string,
    { source, reference, platform }: ImportRequest & { readonly platform: Platform },
    work: LocalWork,
  ): Promise<Taken> {
    const { watch, hold, stage } = work;
    const choice = { reference, platform, what: `"${source}"`, signal: watch.signal };
    switch (kind) {
      case 'directory':
      case 'tar': {
        if (kind === 'directory') await this.#pack(path, stage, watch.signal);
        const archive = await this.#takeArchive(kind === 'tar' ? path : undefined, work);
        return { digest: await takeRoot(this.#store, archive, platform, watch, hold), name: undefined };
      }
      case 'oci': {
        await using tree = await this.#openDirectory(path);
        return { digest: await takeLayout(this.#store, tree, choice, hold), name: nameOr(reference) };
      }
      case 'oci-archive':
      case 'docker-archive': {
        await using tree = await this.#expand(path, work);
        if (kind === 'docker-archive') return await takeSaved(this.#store, tree, choice, hold);
        return { digest: await takeLayout(this.#store, tree, choice, hold), name: nameOr(reference) };
      }
    }
  }

  async #openDirectory(path: string): Promise<Inside> {
    return await explained(`read "${path}"`, async () => {
      const ground = this.#ground();
      await using spot = await locate(ground, path, { follow: true });
      const place = spot.node ?? spot.parent;
      if (place === undefined || (spot.node === undefined && spot.name !== '')) {
        throw new AgentError('no-such-file', `Cannot read "${path}": there is no such directory`);
      }
      return await Inside.open(ground.disk, place.path);
    });
  }

  /** Unpacks an archive of blobs, within all limits, into a directory of ours. */
  async #expand(path: string, { settings, watch, stage }: LocalWork): Promise<Inside> {
    const target = stage.at('archive');
    await mkdir(target);
    await using file = await this.#openFile(path);
    // Through our own descriptor: it is this very file, whatever is called so now.
    const archive = `/proc/${process.pid}/fd/${file.fd}`;
    await runUnpack({ type: 'extract', archive, target, limits: settings.limits, sync: false }, `"${path}"`, watch);
    return await Inside.open(this.#ground().disk, target);
  }

  /** Makes a tar archive of a directory, the same for the same files. */
  async #pack(path: string, stage: Stage, signal: AbortSignal): Promise<void> {
    await using tree = await this.#openDirectory(path);
    const { env } = this.#settings().registry;
    const end = await runHelper({
      program: '/bin/tar',
      args: [
        '--create',
        '--file=-',
        '--format=posix',
        '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
        '--sort=name',
        '--numeric-owner',
        '--one-file-system',
        '--xattrs',
        '--xattrs-include=user.*',
        '--xattrs-include=security.capability',
        '--',
        '.',
      ],
      env: { ...env, LC_ALL: 'C' },
      cwd: tree.path,
      outputFile: stage.at('packed'),
      signal,
    });
    if (end.type === 'exited' && end.code === 0) return;
    const why = end.type === 'failed' ? end.why : (end.stderr.split('\n').at(-1) ?? `tar exited with ${end.code}`);
    throw new AgentError('failed', `Cannot pack the directory "${path}": ${why.slice(0, 500)}`);
  }

  /** Copies a caller's archive, or the one that was packed, into the store. */
  async #takeArchive(
    path: string | undefined,
    { stage, watch, hold }: LocalWork,
  ): Promise<{ digest: Digest; size: number }> {
    if (path === undefined) {
      const packed = await hashFile(stage.at('packed'), watch.signal);
      hold.add(packed.digest);
      await this.#store.blobs.adopt(stage.at('packed'), packed.digest);
      return packed;
    }
    await using file = await this.#openFile(path);
    const sum = await hashFile(file, watch.signal);
    hold.add(sum.digest);
    await this.#store.blobs.copy(file, sum, watch.signal);
    return sum;
  }

  async #openFile(path: string) {
    const ground = this.#ground();
    return await explained(`read "${path}"`, () => openRegular(ground, path, parseOpenMode('r'), 0));
  }
}

interface LocalWork {
  readonly settings: ImportSettings;
  readonly watch: ImportWatch;
  readonly hold: Hold;
  readonly stage: Stage;
}

/** A name images have here. Errors: AgentError `bad-arguments`. */
function checkedName(text: string): string {
  const reference = parseReference(text);
  if (reference.digest === undefined) return referenceText(reference);
  throw new AgentError('bad-arguments', `Cannot call an image "${text}": a digest is no name`);
}

/** What an image of a layout is called, if that is a name. */
function nameOr(reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  try {
    return checkedName(reference);
  } catch {
    return undefined;
  }
}
