import { describe, test } from 'vitest';

import { Wakeup } from '../../../src/cli/terminal/wakeup.ts';
import { within } from '../../harness/within.ts';

describe('Wakeup', () => {
  test('ends a sleep, and one that comes after it at once; the next one sleeps again', async () => {
    const wakeup = new Wakeup();
    const sleeping = wakeup.sleep(600_000);
    wakeup.wake();
    await within(20_000, 'the sleep', sleeping);
    wakeup.wake();
    await within(20_000, 'the sleep after it', wakeup.sleep(600_000));
    await within(20_000, 'a short one', wakeup.sleep(1));
    const called = wakeup.called;
    wakeup.wake();
    await within(20_000, 'the call', called);
  });
});
