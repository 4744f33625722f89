import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { startAgentProcess } from '../harness/agent-process.ts';
import { hungFileSystem } from '../harness/hung-file-system.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { within } from '../harness/within.ts';

test.runIf(requires('fuse'))(
  'files in a file system that does not answer hold up files alone, and those come back',
  async () => {
    await using directory = tempDir();
    await using agent = await startAgentProcess(directory.at('data'));
    await writeFile(directory.at('file'), 'hello');
    const hung = hungFileSystem(directory.at('hung'));
    try {
      const stuck = Array.from({ length: 30 }, (_, at) =>
        agent.ask('result', { command: 'filesystem.stat', arguments: { path: directory.at('hung', `${at}`) } }),
      );
      for (let left = 10; left > 0; left -= 1) {
        const asked = agent.ask('result', {
          command: 'core.system',
          arguments: { name: 'sh', args: ['-c', 'exit 3'] },
        });
        expect(await within(10_000, 'a job ends', asked)).toMatchObject({ exit: { code: 3 } });
      }
      const path = directory.at('file');
      const late = await within(
        20_000,
        'an answer',
        agent.ask('result', { command: 'filesystem.stat', arguments: { path } }),
      );
      expect(late).toMatchObject({ state: 'ERROR', code: 503, error: { code: 'no-resources' } });
      const limited = agent.ask('result', { command: 'filesystem.stat', arguments: { path }, max_time: 0.2 });
      expect(await within(10_000, 'the limit', limited)).toMatchObject({ state: 'TIMEOUT' });
      hung[Symbol.dispose]();
      await within(20_000, 'all are answered', Promise.all(stuck));
      expect(await agent.call('filesystem.stat', { path })).toMatchObject({ size: 5 });
    } finally {
      hung[Symbol.dispose]();
    }
  },
);
