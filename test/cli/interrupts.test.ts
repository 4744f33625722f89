import { describe, expect, test } from 'vitest';

import { onInterrupt } from '../../src/cli/interrupts.ts';
import { fakeCli } from './fake-cli.ts';

describe('onInterrupt()', () => {
  test('lets the second signal end the process, whatever the first was', () => {
    const cli = fakeCli();
    const heard: string[] = [];
    const interrupts = onInterrupt(cli, ['SIGINT', 'SIGTERM'], (signal) => heard.push(signal));
    cli.raise('SIGTERM');
    expect(cli.endedBy).toEqual([]);
    cli.raise('SIGINT');
    expect({ heard, endedBy: cli.endedBy }).toEqual({ heard: ['SIGTERM'], endedBy: ['SIGINT'] });
    interrupts[Symbol.dispose]();
    cli.raise('SIGINT');
    expect(cli.endedBy).toEqual(['SIGINT']);
  });
});
