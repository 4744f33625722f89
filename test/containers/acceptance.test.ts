import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ContainerCommit, ContainerStatus } from '../../src/protocol/container.ts';
import { codeOf, ContainerStage, IDLE } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('containers', { timeout: 60_000 }, () => {
  let on: ContainerStage;

  beforeAll(async () => {
    on = await ContainerStage.begin();
  }, 60_000);

  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  }, 60_000);

  describe('handles', () => {
    test('a created one shows nothing before its commit, which answers the id, in the state created', async () => {
      const name = on.name();
      const before = Date.now();
      const handle = await on.create({ name });
      expect((await on.list()).map((info) => info.name)).not.toContain(name);
      expect(await codeOf(on.config(name))).toBe('unknown-container');
      const { id, state, version } = await on.commit(handle);
      expect(id).toMatch(UUID);
      expect({ state, version }).toEqual({ state: 'created', version: 1 });
      const { created, name: stored } = await on.config(id);
      expect(stored).toBe(name);
      expect(created).toBeGreaterThanOrEqual(before);
      expect(await codeOf(on.commit(handle))).toBe('unknown-handle');
    });

    test('can not change what a container’s files are made of once it was started', async () => {
      const id = await on.made();
      await on.commit(await on.set('image', await on.handle(id), { image: on.image }));
      await on.runState(id, 'running');
      const handle = await on.set('image', await on.handle(id), { image: 'other' });
      expect(await codeOf(on.commit(handle))).toBe('bad-arguments');
      expect((await on.config(id)).image).toBe(on.image);
      await on.destroy(id);
    });

    test('that are given up leave nothing, and those nobody knows are refused', async () => {
      const all = (await on.list()).length;
      const handle = await on.create();
      expect(handle).toMatch(/^[0-9a-f]{32}$/);
      expect((await on.list()).length).toBe(all);
      for (const wrong of [randomBytes(16).toString('hex'), 'x', '__proto__', `${handle}0`]) {
        expect(await codeOf(on.commit(wrong))).toBe('unknown-handle');
        expect(await codeOf(on.set('tags', wrong, { tags: [] }))).toBe('unknown-handle');
      }
    });

    test('carry all earlier changes on, and the one before is used up', async () => {
      const first = await on.create({ tags: ['one'] });
      const second = await on.set('env', first, { env: { A: '1' } });
      const third = await on.set('hostname', second, { hostname: 'box' });
      expect(await codeOf(on.set('tags', second, { tags: [] }))).toBe('unknown-handle');
      const { id } = await on.commit(third);
      expect(await on.config(id)).toMatchObject({ tags: ['one'], env: { A: '1' }, hostname: 'box' });
    });

    test('one of two for a container is stale after the other’s commit: nothing of it is applied', async () => {
      const id = await on.made();
      const [one, two, three] = [await on.handle(id), await on.handle(id), await on.handle(id)];
      await on.commit(await on.set('tags', one, { tags: ['first'] }));
      // Another field, and a file.
      const late = await on.copyTo(await on.set('env', two, { env: { LATE: '1' } }), '/late', 'x');
      expect(await codeOf(on.commit(late))).toBe('version-conflict');
      expect(await codeOf(on.commit(late))).toBe('unknown-handle');
      expect(await on.config(id)).toMatchObject({ tags: ['first'], env: {}, files: [], version: 2 });
      // Nothing at all.
      expect(await codeOf(on.commit(three))).toBe('version-conflict');
      await on.commit(await on.handle(id));
      expect((await on.config(id)).version).toBe(3);
    });

    test('of two containers never conflict', async () => {
      const ids = await Promise.all([on.made(), on.made()]);
      const handles = await Promise.all(ids.map((id) => on.handle(id)));
      await Promise.all(handles.map((handle) => on.commit(handle)));
      expect((await on.config(ids[0])).version).toBe(2);
    });

    test('lose no update of many clients that try again', async () => {
      const id = await on.made({ env: {} });
      const add = async (index: number): Promise<void> => {
        for (;;) {
          const handle = await on.handle(id);
          const { env } = await on.config(id);
          const changed = await on.set('env', handle, { env: { ...env, [`K${index}`]: '1' } });
          const code = await codeOf(on.commit(changed));
          if (code === 'none') return;
          expect(code).toBe('version-conflict');
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, index) => add(index)));
      expect(Object.keys((await on.config(id)).env)).toHaveLength(8);
    });

    test('stay good while processes come and go, and while somebody looks', async () => {
      const id = await on.running();
      const handle = await on.handle(id);
      await on.exec(id, 'true');
      await on.state(id);
      await on.read(id, '/etc/passwd');
      await on.call('container.signal', { target: id, signal: 'CONT' });
      await on.call('container.signal', { target: id, signal: 'KILL' });
      await on.wait(id, 'stopped');
      await on.commit(await on.set('tags', handle, { tags: ['late'] }));
      expect(await on.config(id)).toMatchObject({ tags: ['late'], version: 2 });
    });

    test('of what is not there, or is gone, are refused, and nothing comes back', async () => {
      expect(await codeOf(on.handle('nobody'))).toBe('unknown-container');
      const id = await on.made();
      const handle = await on.handle(id);
      await on.destroy(id);
      expect(await codeOf(on.commit(handle))).toBe('unknown-container');
      expect(await codeOf(on.state(id))).toBe('unknown-container');
    });

    test('survive a setter that is refused', async () => {
      const handle = await on.create();
      for (const state of ['created', 'Created', 'paused', '']) {
        expect(await codeOf(on.set('run_state', handle, { run_state: state }))).toBe('bad-arguments');
      }
      expect(await codeOf(on.set('limits', handle, { limits: { memory_mb: 0 } }))).toBe('bad-arguments');
      expect((await on.commit(handle)).state).toBe('created');
    });
  });

  describe('the main process', () => {
    test('runs when a commit that wants it is answered', async () => {
      const { id, state, main } = await on.commit(await on.create({ run_state: 'running' }));
      expect(state).toBe('running');
      const status = await on.state(id);
      expect(status).toMatchObject({ state: 'running', main: { id: main, state: 'started' } });
      expect(status.main?.pid).toBeGreaterThan(1);
      expect(status.main?.started).toBeGreaterThan(0);
      expect((await on.list('running')).map((info) => info.id)).toContain(id);
    });

    test('that can not be started says why; the container stays as it was and may be mended', async () => {
      const name = on.name();
      const bad = await on.create({ name, entry_point: { path: '/nothing', args: [] }, run_state: 'running' });
      expect(await codeOf(on.commit(bad))).toBe('no-such-program');
      expect(await on.state(name)).toMatchObject({ state: 'created', failure: { code: 'no-such-program' } });
      const [path, ...args] = IDLE;
      const inNowhere = { entry_point: { path, args, dir: '/etc/passwd' } };
      const again = await on.set('run_state', await on.set('entry_point', await on.handle(name), inNowhere), {
        run_state: 'running',
      });
      expect(await codeOf(on.commit(again))).toBe('bad-directory');
      const good = await on.set('entry_point', await on.handle(name), { entry_point: { path, args } });
      expect((await on.commit(await on.set('run_state', good, { run_state: 'running' }))).state).toBe('running');
      expect((await on.state(name)).failure).toBeUndefined();
    });

    test('that can not be started is told to every commit that counted on it', async () => {
      const name = on.name();
      const first = on.commit(
        await on.create({ name, entry_point: { path: '/nothing', args: [] }, run_state: 'running' }),
      );
      const codes = [codeOf(first)];
      await until('it is there', async () => (await on.list()).some((info) => info.name === name));
      for (let round = 0; round < 4; round += 1) {
        codes.push(codeOf(on.commit(await on.set('run_state', await on.handle(name), { run_state: 'running' }))));
      }
      for (const code of await Promise.all(codes)) expect(['no-such-program', 'version-conflict']).toContain(code);
    });

    test('is needed to run', async () => {
      const none = await on.create({ entry_point: null, run_state: 'running' });
      expect(await codeOf(on.commit(none))).toBe('bad-arguments');
      const noImage = await on.create({ image: null, run_state: 'running' });
      expect(await codeOf(on.commit(noImage))).toBe('bad-arguments');
    });

    test('is left alone by a commit that wants what is so', async () => {
      const id = await on.running();
      const { main } = await on.state(id);
      expect(await on.runState(id, 'running')).toMatchObject({ state: 'running', main: main?.id });
      expect((await on.state(id)).main).toEqual(main);
      await on.runState(id, 'stopped');
      expect((await on.runState(id, 'stopped')).state).toBe('stopped');
    });

    test('that ends stops the container, with its code, and runs anew after the next commit', async () => {
      const id = await on.script('exit 7');
      const stopped = await on.wait(id, 'stopped');
      expect(stopped.main).toMatchObject({ state: 'exited', exit: { code: 7 }, exit_code: 7 });
      expect(stopped.main?.finished).toBeGreaterThanOrEqual(stopped.main?.started ?? Infinity);
      await on.runState(id, 'running');
      const again = await on.wait(id, 'stopped');
      expect(again.main?.id).not.toBe(stopped.main?.id);
      expect(again.main?.started).toBeGreaterThan(stopped.main?.started ?? Infinity);
    });

    test('that a signal ended says which', async () => {
      const id = await on.running();
      await on.call('container.signal', { target: id, signal: 'KILL' });
      const { main } = await on.wait(id, 'stopped');
      expect(main).toMatchObject({ exit: { signal: 'SIGKILL' }, exit_code: 137, message: 'Ended by SIGKILL' });
    });

    test('that ignores being asked is killed with all it started', async () => {
      const script = 'trap "" TERM; setsid sh -c \'trap "" TERM; sleep 1000\' & while :; do sleep 1; done';
      const id = await on.script(script, { stop_grace: 0.2 });
      const { main } = await on.state(id);
      const inside = await on.exec(id, 'ps');
      expect(inside.streams[0]).toContain('sleep 1000');
      const { state } = await on.runState(id, 'stopped');
      expect(state).toBe('stopped');
      expect(existsSync(`/proc/${String(main?.pid)}`)).toBe(false);
      expect((await on.state(id)).main).toMatchObject({ exit: { signal: 'SIGKILL' } });
    });

    test('may end by itself while it is stopped', async () => {
      const id = await on.script('trap "exit 3" TERM; sleep 1000 & wait');
      expect((await on.runState(id, 'stopped')).state).toBe('stopped');
      expect((await on.state(id)).main).toMatchObject({ exit: { code: 3 } });
    });
  });

  describe('limits', () => {
    test('are the defaults unless something else is said, and are enforced', async () => {
      const id = await on.made({ limits: { memory_mb: -1, cpu_mhz: -1, pids: 17 } });
      const { limits } = await on.config(id);
      expect(limits).toMatchObject({ memory_mb: 512, pids: 17 });
      expect(limits.cpu_mhz).toBeGreaterThan(0);
      for (const wrong of [0, -2, 1.5, 'much']) {
        expect(await codeOf(on.create({ limits: { memory_mb: wrong } }))).toBe('bad-arguments');
      }
      await on.runState(id, 'running');
      expect(
        (await on.exec(id, 'sh', '-c', 'i=0; while [ $i -lt 30 ]; do sleep 5 & i=$((i+1)); done')).streams[1],
      ).toContain('fork');
    });

    test('of memory end what needs more, and the status says so', async () => {
      const id = await on.script('exec tail -c 100000000 /dev/zero', { limits: { memory_mb: 16 } });
      const { main } = await on.wait(id, 'stopped');
      expect(main).toMatchObject({ reason: 'out-of-memory', exit: { signal: 'SIGKILL' }, exit_code: 137 });
    });

    test('of a running container are left as they are, and all else of the commit counts', async () => {
      const id = await on.running();
      const before = (await on.config(id)).limits;
      const handle = await on.set('limits', await on.handle(id), { limits: { memory_mb: 99 } });
      const answer = await on.commit(await on.set('tags', handle, { tags: ['changed'] }));
      expect(answer.ignored).toEqual(['limits']);
      expect(await on.config(id)).toMatchObject({ limits: before, tags: ['changed'] });
      await on.runState(id, 'stopped');
      const later = await on.commit(await on.set('limits', await on.handle(id), { limits: { memory_mb: 99 } }));
      expect(later.ignored).toBeUndefined();
      expect((await on.config(id)).limits.memory_mb).toBe(99);
    });
  });

  describe('files', () => {
    test('are in a container that is stopped before its main process begins, and once', async () => {
      const name = on.name();
      const script = 'cat /deep/er/file; stat -c %a /deep/er/file; echo mine > /deep/er/file';
      const handle = await on.create({ name, entry_point: { path: '/bin/sh', args: ['-c', script] } });
      const bytes = Buffer.from('given\n');
      const { id } = await on.commit(await on.copyTo(handle, '/deep/er/file', bytes, { mode: 0o640 }));
      bytes.fill(0);
      const first = (await on.runState(id, 'running')).main ?? '';
      await on.wait(id, 'stopped');
      const second = (await on.runState(id, 'running')).main ?? '';
      await on.wait(id, 'stopped');
      expect((await on.client.job(first).result()).streams[0]).toBe('given\n640\n');
      expect((await on.client.job(second).result()).streams[0]).toBe('mine\n640\n');
    });

    test('are in one that runs when the commit is answered', async () => {
      const id = await on.running();
      await on.commit(await on.copyTo(await on.handle(id), '/new/file', 'hello'));
      expect((await on.exec(id, 'cat', '/new/file')).streams[0]).toBe('hello');
      const [stale, good] = [await on.handle(id), await on.handle(id)];
      await on.commit(good);
      expect(await codeOf(on.commit(await on.copyTo(stale, '/never', 'x')))).toBe('version-conflict');
      expect((await on.exec(id, 'cat', '/never')).exit).toEqual({ code: 1 });
    });

    test('may be several, empty, large, and written over; none leaves the root', async () => {
      const id = await on.running();
      const large = randomBytes(3 * 1024 * 1024);
      const part = 512 * 1024;
      let handle = await on.copyTo(await on.handle(id), '/a', 'one');
      handle = await on.copyTo(handle, '/a', 'two');
      handle = await on.copyTo(handle, '/empty', '');
      handle = await on.copyTo(handle, '/large', large.subarray(0, part));
      for (let at = part; at < large.length; at += part) {
        handle = await on.copyTo(handle, '/large', large.subarray(at, at + part), { append: true });
      }
      for (const path of ['../x', '/../x', 'x', '/a/../../x', '/', '/a/', '/a\0b']) {
        expect(await codeOf(on.copyTo(handle, path, 'x'))).toBe('bad-path');
      }
      await on.commit(handle);
      expect((await on.read(id, '/a')).toString()).toBe('two');
      expect(await on.read(id, '/empty')).toHaveLength(0);
      expect((await on.read(id, '/large')).equals(large)).toBe(true);
      // A link leads where it leads a process in the container.
      await on.exec(id, 'ln', '-s', '/../../../tmp/inside', '/escape');
      await on.commit(await on.copyTo(await on.handle(id), '/escape', 'kept'));
      expect((await on.exec(id, 'cat', '/tmp/inside')).streams[0]).toBe('kept');
      expect(existsSync('/tmp/inside')).toBe(false);
    });

    test('come out of one that runs, and only of that', async () => {
      const id = await on.made();
      expect(await codeOf(on.read(id, '/etc/passwd'))).toBe('not-running');
      await on.runState(id, 'running');
      expect((await on.read(id, '/etc/passwd')).toString()).toContain('root:x:0:0');
      expect(await codeOf(on.read(id, '/missing'))).toBe('no-such-file');
      expect(await codeOf(on.read(id, '/etc'))).toBe('bad-path');
      await on.runState(id, 'stopped');
      expect(await codeOf(on.read(id, '/etc/passwd'))).toBe('not-running');
    });
  });

  describe('programs beside the main one', () => {
    test('are listed, and their ends leave the container running', async () => {
      const id = await on.running();
      const long = await on.execScript(id, 'sleep 1000');
      expect(long).toMatch(UUID);
      expect((await on.state(id)).execs).toContainEqual(expect.objectContaining({ id: long, state: 'started' }));
      expect((await on.exec(id, 'true')).exit).toEqual({ code: 0 });
      const failed = await on.exec(id, 'sh', '-c', 'exit 5');
      await on.call('container.signal', { target: long, signal: 'KILL' });
      expect((await on.client.job(long).result()).reason).toBe('signaled');
      const status = await on.state(id);
      expect(status.state).toBe('running');
      const byId = new Map(status.execs.map((process) => [process.id, process]));
      expect(byId.get(failed.id)).toMatchObject({ state: 'exited', exit_code: 5 });
      expect(byId.get(long)).toMatchObject({ state: 'exited', exit: { signal: 'SIGKILL' }, exit_code: 137 });
    });

    test('end with the main one', async () => {
      const id = await on.running();
      const long = await on.execScript(id, 'trap "" TERM; while :; do sleep 1; done');
      await on.runState(id, 'stopped');
      expect((await on.client.job(long).result()).reason).toBe('signaled');
      expect((await on.state(id)).execs).toContainEqual(expect.objectContaining({ id: long, state: 'exited' }));
    });

    test('need a container that runs and a program that is there', async () => {
      const id = await on.made();
      expect(await codeOf(on.exec(id, 'true'))).toBe('not-running');
      expect(await codeOf(on.exec('nobody', 'true'))).toBe('unknown-container');
      await on.runState(id, 'running');
      expect(await on.exec(id, '/none')).toMatchObject({ reason: 'spawn-failed', error: { code: 'no-such-program' } });
      expect((await on.state(id)).state).toBe('running');
    });

    test('do not get in each other’s way, and their results name the container', async () => {
      const id = await on.running();
      const { number } = await on.config(id);
      const results = await Promise.all(Array.from({ length: 20 }, (_, index) => on.exec(id, 'echo', String(index))));
      expect(results.map(({ state, streams, container }) => ({ state, said: streams[0], container }))).toEqual(
        results.map((_, index) => ({ state: 'SUCCESS', said: `${index}\n`, container: number })),
      );
    });

    test('take signals of their own', async () => {
      const id = await on.script('trap "echo main" USR1; echo ready; while :; do sleep 0.1; done');
      const exec = await on.execScript(id, 'trap "exit 9" USR1; while :; do sleep 0.1; done');
      const { main } = await on.state(id);
      await on.call('container.signal', { target: exec, signal: 'USR1' });
      expect((await on.client.job(exec).result()).exit).toEqual({ code: 9 });
      await on.call('container.signal', { target: id, signal: 'USR1' });
      await until('the main process has heard', async () => {
        const { output } = await on.client.jobs.get(main?.id ?? '');
        return output >= 'ready\nmain\n'.length;
      });
      expect(await codeOf(on.call('container.signal', { target: exec, signal: 'USR1' }))).toBe('not-running');
      expect(await codeOf(on.call('container.signal', { target: 'nobody', signal: 'USR1' }))).toBe('unknown-container');
      expect(await codeOf(on.call('container.signal', { target: id, signal: 999 }))).toBe('bad-arguments');
      await on.call('container.signal', { target: main?.id, signal: 'KILL' });
      await on.wait(id, 'stopped');
      expect(await codeOf(on.call('container.signal', { target: id, signal: 'TERM' }))).toBe('not-running');
    });

    test('of a dispatched command are as on the machine: restarts, limits of time, tags', async () => {
      const id = await on.running();
      const dispatch = (command: object): Promise<{ id: string; attached: boolean }> =>
        on.call('container.dispatch', { container: id, command });
      const once = { command: 'core.system', id: on.name(), tags: ['t'], arguments: { name: 'cat', stdin: 'given' } };
      const { id: job } = await dispatch(once);
      expect(await on.client.job(job).result()).toMatchObject({ data: '', streams: ['given', ''], tags: ['t'] });
      expect(await dispatch(once)).toEqual({ id: job, attached: true });
      const late = await dispatch({
        command: 'core.system',
        max_time: 0.3,
        kill_grace: 0.1,
        arguments: { name: 'sleep', args: ['100'] },
      });
      expect((await on.client.job(late.id).result()).state).toBe('TIMEOUT');
      const again = await dispatch({
        command: 'core.system',
        max_restart: 1,
        restart_delay: 0.01,
        arguments: { name: 'false' },
      });
      expect(await on.client.job(again.id).result()).toMatchObject({ runs: 2, exit: { code: 1 } });
      expect(await codeOf(dispatch({ command: 'job.list' }))).toBe('bad-arguments');
    });
  });

  describe('looks and ends', () => {
    test('states are snapshots, and lists are exact and in order', async () => {
      const made = [await on.made(), await on.running(), await on.made()];
      const order = (await on.list()).map((info) => info.id).filter((id) => made.includes(id));
      expect(order).toEqual(made);
      expect((await on.list('running')).every((info) => info.state === 'running')).toBe(true);
      expect((await on.list('created')).map((info) => info.id)).not.toContain(made[1]);
      expect(await codeOf(on.list('asleep'))).toBe('bad-arguments');
      await on.destroy(made[0] ?? '');
      expect((await on.list()).map((info) => info.id)).not.toContain(made[0]);
    });

    test('removing one that runs is refused; one that does not goes with its files, once', async () => {
      const id = await on.running();
      expect(await codeOf(on.call('container.destroy', { container: id }))).toBe('running');
      expect((await on.state(id)).state).toBe('running');
      await on.runState(id, 'stopped');
      await on.call('container.destroy', { container: id });
      expect(existsSync(`${on.stage.dataDir}/images/roots/${id}`)).toBe(false);
      expect(existsSync(`${on.stage.dataDir}/containers/made/${id}`)).toBe(false);
      expect(await codeOf(on.call('container.destroy', { container: id }))).toBe('unknown-container');
    });

    test('of a removal and a commit that starts it exactly one wins', async () => {
      for (let round = 0; round < 4; round += 1) {
        const id = await on.made();
        const handle = await on.set('run_state', await on.handle(id), { run_state: 'running' });
        const [start, end] = await Promise.all([
          codeOf(on.commit(handle)),
          codeOf(on.call('container.destroy', { container: id })),
        ]);
        if (end === 'none') expect(['version-conflict', 'unknown-container']).toContain(start);
        else expect([start, end]).toEqual(['none', 'running']);
        expect((await on.list()).some((info) => info.id === id)).toBe(end !== 'none');
      }
    });

    test('of a start and a stop at once one is a conflict, and the container is whole', async () => {
      const id = await on.made();
      const handles = await Promise.all(
        ['running', 'stopped'].map(async (state) => on.set('run_state', await on.handle(id), { run_state: state })),
      );
      const codes = await Promise.all(handles.map((handle) => codeOf(on.commit(handle))));
      expect(codes.toSorted()).toEqual(['none', 'version-conflict']);
      expect(['running', 'created']).toContain((await on.state(id)).state);
      expect((await on.config(id)).version).toBe(2);
    });

    test('a commit blocks until it is so, and nobody else', async () => {
      const slow = await on.script('trap "" TERM; while :; do sleep 0.1; done', { stop_grace: 1.5 });
      const other = await on.made();
      let isOver = false;
      const stopping = on.runState(slow, 'stopped').then((answer: ContainerCommit) => {
        isOver = true;
        return answer;
      });
      await until('it is being stopped', async () => (await on.state(slow)).state === 'stopping');
      await on.commit(await on.set('tags', await on.handle(other), { tags: ['quick'] }));
      expect(isOver).toBe(false);
      expect((await stopping).state).toBe('stopped');
      expect((await on.list('stopped')).map((info) => info.id)).toContain(slow);
    });

    test('waiting answers at once when it is so, and ends when time is over', async () => {
      const id = await on.running();
      expect((await on.wait(id, 'running')).state).toBe('running');
      expect(await codeOf(on.call('container.wait', { container: id, state: 'stopped', timeout: 0.05 }))).toBe(
        'timeout',
      );
    });

    test('pausing holds every process, and stopping lets them go', async () => {
      const id = await on.running();
      await on.call('container.pause', { container: id });
      expect((await on.state(id)).paused).toBe(true);
      expect((await on.exec(id, 'true')).error?.code).toBe('not-running');
      await on.call('container.resume', { container: id });
      expect((await on.exec(id, 'true')).state).toBe('SUCCESS');
      await on.call('container.pause', { container: id });
      expect((await on.runState(id, 'stopped')).state).toBe('stopped');
      expect(await codeOf(on.call('container.pause', { container: id }))).toBe('not-running');
    });

    test('names are those of one container at a time, and tags find several', async () => {
      const name = on.name();
      const tag = on.name();
      const id = await on.made({ name, tags: [tag, 'x'] });
      expect(await codeOf(on.made({ name }))).toBe('already-exists');
      const other = await on.made({ tags: [tag] });
      const find = async (...tags: string[]): Promise<string[]> =>
        (await on.call<{ id: string }[]>('container.find', { tags })).map((info) => info.id);
      expect(await find(tag)).toEqual([id, other]);
      expect(await find(tag, 'x')).toEqual([id]);
      await on.commit(await on.set('options', await on.handle(id), { name: `${name}-2` }));
      expect(await on.made({ name })).not.toBe(id);
      expect((await on.state(`${name}-2`)).id).toBe(id);
    });

    test('every event is told once, in order, with its version', async () => {
      const id = await on.script('exit 0');
      await on.wait(id, 'stopped');
      const broken = await on.set('entry_point', await on.handle(id), { entry_point: { path: '/none', args: [] } });
      await codeOf(on.commit(await on.set('run_state', broken, { run_state: 'running' })));
      const { events } = await on.state(id);
      expect(events.map(({ number, event, version }) => [number, event, version])).toEqual([
        [1, 'created', 1],
        [2, 'started', 1],
        [3, 'stopped', 1],
        [4, 'failed', 2],
      ]);
    });

    test('one that is for one run only goes with it, and its result stays', async () => {
      const { id, main = '' } = await on.commit(
        await on.create({
          entry_point: { path: '/bin/sh', args: ['-c', 'echo done; exit 4'] },
          auto_remove: true,
          run_state: 'running',
        }),
      );
      expect(await on.client.job(main).result()).toMatchObject({ exit: { code: 4 }, streams: ['done\n', ''] });
      await until('it is gone', async () => (await codeOf(on.state(id))) === 'unknown-container');
    });

    test('of the page work as they are written there', async () => {
      const page = readFileSync(path.join(import.meta.dirname, '../../docs/containers.md'), 'utf8');
      const lines = /^```jsonl\n(.*?)^```$/ms.exec(page)?.[1]?.trim().split('\n') ?? [];
      expect(lines.length).toBeGreaterThan(4);
      let handle = '';
      for (const line of lines) {
        const { command, arguments: args } = JSON.parse(line.replace('"…"', JSON.stringify(handle)));
        if (command === 'container.exec') {
          expect((await on.client.run({ command, arguments: args }).wait()).streams[0]).toBe('hello\n');
        } else ({ handle = '' } = await on.call<{ handle?: string }>(command, args));
      }
    });

    test('clients can watch statuses but change none, nor start a process as the main one', async () => {
      const id = await on.running();
      const found = await on.call<{ spec: ContainerStatus }>('state.get', {
        type: 'ContainerStatuses.containers.corex',
        namespace: 'containers',
        id,
      });
      expect(found.spec.state).toBe('running');
      const main = { container: id, start: 2, files: 0, title: 'x', open_stdin: false };
      const forged = on.client.run({ command: 'container.process', id: `${id}.2`, arguments: main });
      expect(await codeOf(forged.result())).toBe('forbidden');
    });
  });
});
