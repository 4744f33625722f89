import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

import { toSources } from '../../bench/profile/to-sources.ts';
import { tempDir } from '../harness/temp-dir.ts';

test('toSources() finds the file and line that a function was built from, and leaves what has no map', async () => {
  await using directory = tempDir();
  const chunk = pathToFileURL(directory.at('chunk.js')).href;
  // The second line of the chunk is the third of its source.
  const map = { version: 3, sources: ['../src/engine/calls.ts'], names: [], mappings: ';AAEA' };
  writeFileSync(directory.at('chunk.js.map'), JSON.stringify(map));
  const frames = [
    { functionName: 'call', url: chunk, lineNumber: 1, columnNumber: 0 },
    { functionName: 'send', url: 'file:///nowhere/ws/sender.js', lineNumber: 4, columnNumber: 2 },
    { functionName: '(idle)', url: '', lineNumber: -1, columnNumber: -1 },
  ];
  const { nodes } = toSources({
    startTime: 0,
    nodes: frames.map((callFrame, id) => ({ id, callFrame })),
    samples: [],
    timeDeltas: [],
  });
  expect(nodes.map(({ callFrame }) => callFrame)).toEqual([
    { functionName: 'call', url: new URL('../src/engine/calls.ts', chunk).href, lineNumber: 2, columnNumber: 0 },
    frames[1],
    frames[2],
  ]);
});
