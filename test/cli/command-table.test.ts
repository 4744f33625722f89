import { describe, expect, test } from 'vitest';

import { writtenName } from '../../src/cli/cli-command.ts';
import { COMMANDS, describeCommands } from '../../src/cli/command-table.ts';
import { parseOptions } from '../../src/cli/parse-options.ts';

describe('COMMANDS', () => {
  test('has one row a name, with a clause for a summary', () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
    for (const { summary } of COMMANDS) expect(summary).toMatch(/^[A-Z].*[^.]$/);
  });

  test('lists commands whose usage, options and examples agree', async () => {
    for (const command of await describeCommands()) {
      const shorts = Object.values(command.options).flatMap(({ short }) => (short === undefined ? [] : [short]));
      expect(new Set(['h', ...shorts]).size, `short options of ${command.name}`).toBe(shorts.length + 1);
      for (const form of command.usage) expect(form).toMatch(new RegExp(`^${command.name}( |$)`));
      for (const { does } of command.examples) expect(does).toMatch(/^[A-Z].*\.$/);
      for (const paragraph of command.details ?? []) expect(paragraph).toMatch(/[.)]$/);
      expect(command.examples.length).toBeGreaterThan(0);
    }
  });

  test('has examples that its own options can read', async () => {
    for (const command of await describeCommands()) {
      for (const { line } of command.examples) {
        const words: string[] = line.match(/"[^"]*"|[^\s|&]+|[|&]+/g) ?? [];
        const at = words.indexOf('corex');
        if (words[at + 1] !== command.name) continue;
        const end = words.findIndex((word, index) => index > at && /^[|&]/.test(word));
        const args = words.slice(at + 2, end === -1 ? undefined : end);
        expect(() => parseOptions(args, command.options, command.words), line).not.toThrow();
      }
    }
  });

  test('writes options with dashes', () => {
    expect(['json', 'maxRestart', 'dataDir'].map(writtenName)).toEqual(['json', 'max-restart', 'data-dir']);
  });
});
