import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { compression } from '../../../src/state/compression.ts';
import { encryption } from '../../../src/state/encryption.ts';
import { PersistentBackend } from '../../../src/state/persistent-backend.ts';
import type { Resource } from '../../../src/state/resource.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';

const ROUNDS = Number(process.env['COREX_KILL_ROUNDS'] ?? 10);
const HISTORY = 200;
const KINDS = [0, 1, 2].map((number) => ({ namespace: 'config', type: `Things${String(number)}` }));
const program = path.join(import.meta.dirname, '../../fixtures/programs/write-resources.ts');

/** What a writer was told of a resource: the newest version, and whether its end was asked for and carried out. */
interface Told {
  version: number;
  end: 'none' | 'asked' | 'done';
}

async function writeUntilKilled(directory: string, durability: string, form: string): Promise<Map<string, Told>> {
  const said = path.join(directory, `said-${randomUUID()}`);
  const fd = openSync(said, 'a');
  const child = spawn(process.execPath, [program, directory, durability, form], { stdio: ['ignore', fd, 'inherit'] });
  closeSync(fd);
  const closed = once(child, 'close');
  try {
    const hasWritten = (): boolean => statSync(said).size > 0 || child.exitCode !== null;
    await until('the writer has written', hasWritten, { withinMs: 60_000 });
    await sleep(Math.random() * 150);
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
  expect(child.signalCode).toBe('SIGKILL');
  const output = readFileSync(said, 'utf8');
  rmSync(said);
  const told = new Map<string, Told>();
  for (const line of output.slice(0, output.lastIndexOf('\n') + 1).split('\n')) {
    const [what, id = '', version] = line.split(' ');
    const known = told.get(id) ?? { version: 0, end: 'none' };
    if (what === 'W') told.set(id, { ...known, version: Number(version) });
    if (what === 'd') known.end = 'asked';
    if (what === 'D') known.end = 'done';
  }
  return told;
}

/** The newest version of each resource by the events that are kept; 0 when it was destroyed. */
async function newestByEvents(backend: PersistentBackend): Promise<Map<string, number>> {
  const newest = new Map<string, number>();
  for (const kind of KINDS) {
    for (const { type, resource } of backend.log.tail(kind, HISTORY)) {
      newest.set(resource.metadata.id, type === 'destroyed' ? 0 : resource.metadata.version);
    }
  }
  return newest;
}

function isWhole({ metadata, spec }: Resource): boolean {
  const { sum, text } = spec as { sum: number; text: string };
  return sum === metadata.version && (sum === 1 || text === String(sum).repeat(text.length));
}

describe('a writer of resources that is killed at any moment', () => {
  test.each(['plain', 'sealed'])(
    'has kept every write it was told of, and none by half (%s)',
    async (form) => {
      await using directory = tempDir();
      let writes = 0;
      for (let round = 0; round < ROUNDS / 2; round += 1) {
        const told = await writeUntilKilled(directory.path, round % 3 === 2 ? 'power' : 'process', form);
        await using store = await openStore({ directory: directory.path });
        expect(store.report.quarantined).toBeUndefined();
        const wrappings = form === 'sealed' ? [compression(), encryption(new Uint8Array(32).fill(7))] : [];
        const persistence = store.resources({ history: HISTORY });
        const backend = await PersistentBackend.open({ persistence, wrappings, history: HISTORY });
        const stored = new Map<string, Resource>();
        for (const kind of KINDS) for (const one of await backend.list(kind)) stored.set(one.metadata.id, one);
        for (const [id, { version, end }] of told) {
          const found = stored.get(id)?.metadata.version ?? 0;
          writes += version;
          if (end === 'none') expect(found).toBeGreaterThanOrEqual(version);
          if (end === 'asked') expect([0, version]).toContain(found);
          if (end === 'done') expect(found).toBe(0);
        }
        expect([...stored.values()].filter((resource) => !isWhole(resource))).toEqual([]);
        for (const [id, version] of await newestByEvents(backend)) {
          expect(stored.get(id)?.metadata.version ?? 0).toBe(version);
        }
        await backend.close();
      }
      expect(writes).toBeGreaterThan(ROUNDS);
      if (process.env['COREX_KILL_ROUNDS'] !== undefined)
        process.stdout.write(`${form}: ${String(writes)} writes kept\n`);
    },
    ROUNDS * 10_000,
  );
});
