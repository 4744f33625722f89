import { describe, expect, test } from 'vitest';

import type { AgentPart, AgentWorld } from '../../src/agent/agent-part.ts';
import { AgentParts } from '../../src/agent/agent-parts.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';

describe('the parts of an agent', () => {
  /** Parts a, b and c, which say what they are asked; what `fails` names throws. */
  function make(fails: readonly string[] = []): {
    readonly parts: AgentParts;
    readonly said: string[];
    readonly logged: unknown[];
  } {
    const [said, logged]: [string[], unknown[]] = [[], []];
    const part = (name: string): AgentPart => {
      const say = (step: string) => (): void => {
        said.push(`${name} ${step}`);
        if (fails.includes(`${name} ${step}`)) throw new Error(`${name} can't`);
      };
      return {
        register: say('register'),
        begin: say('begin'),
        reload: say('reload'),
        stop: say('stop'),
        close: say('close'),
      };
    };
    const logger = { ...silentLogger, error: (facts: unknown) => void logged.push(facts) };
    const world = { logger } as unknown as AgentWorld;
    return {
      parts: new AgentParts(
        ['a', 'b', 'c'].map((name) => () => part(name)),
        world,
      ),
      said,
      logged,
    };
  }

  test('begin in their order and end in the opposite one', async () => {
    const { parts, said } = make();
    await parts.register();
    await parts.begin();
    await parts.stop({ drain: false, deadlineMs: 1 });
    await parts.close();
    expect(said.map((word) => word[0]).join('')).toBe('abcabccbacba');
  });

  test('end the start when one of them can not begin', async () => {
    const { parts } = make(['b register', 'b begin']);
    await expect(parts.register()).rejects.toThrow("b can't");
    await expect(parts.begin()).rejects.toThrow("b can't");
  });

  test('don’t feel what another one does wrong at a reload or at the end, which is logged', async () => {
    const { parts, said, logged } = make(['b reload', 'b stop', 'b close']);
    await parts.reload();
    await parts.stop({ drain: true, deadlineMs: 1 });
    await parts.close();
    expect(said).toHaveLength(9);
    expect(logged).toEqual(['reload', 'stop', 'close'].map((step) => ({ step, error: "b can't" })));
  });
});
