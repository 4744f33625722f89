import { expect, test } from 'vitest';

import { startAgentProcess } from '../harness/agent-process.ts';
import { hungFileSystem } from '../harness/hung-file-system.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { within } from '../harness/within.ts';

test.runIf(requires('fuse'))('programs in a file system that does not answer hold no other job up', async () => {
  await using directory = tempDir();
  await using agent = await startAgentProcess(directory.at('data'));
  const hung = hungFileSystem(directory.at('hung'));
  try {
    const stuck = Array.from({ length: 12 }, (_, index) =>
      agent.ask('result', {
        id: `stuck-${String(index)}`,
        command: 'core.system',
        arguments: { name: directory.at('hung', `program-${String(index % 6)}`) },
      }),
    );
    for (let left = 20; left > 0; left -= 1) {
      const asked = agent.ask('result', { command: 'core.system', arguments: { name: 'sh', args: ['-c', 'exit 3'] } });
      expect(await within(10_000, 'another job ends', asked)).toMatchObject({ exit: { code: 3 } });
    }
    expect(await agent.job('stuck-0')).toMatchObject({ id: 'stuck-0' });
    hung[Symbol.dispose]();
    for (const result of await within(20_000, 'all have a result', Promise.all(stuck))) {
      expect(result).toMatchObject({ state: 'ERROR', reason: 'spawn-failed' });
    }
  } finally {
    hung[Symbol.dispose]();
  }
});
