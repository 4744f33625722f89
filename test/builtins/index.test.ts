import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { builtins } from '../../builtins/index.ts';

const root = path.join(import.meta.dirname, '../../builtins');

describe('the built-ins', () => {
  test('are listed once each', () => {
    const names = builtins.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('each have the file their name says', () => {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    expect(builtins.map(({ name }) => `${name.replace('.', '/')}.ts`).filter((file) => !files.includes(file))).toEqual(
      [],
    );
  });

  test.each(builtins.map((builtin) => [builtin.name, builtin] as const))('%s is described', (_name, builtin) => {
    expect(builtin.summary).toMatch(/^[A-Z].*\.$/);
    const schema = z.toJSONSchema(builtin.arguments ?? z.strictObject({}), { io: 'input' });
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      expect(property, `${builtin.name} ${name}`).toMatchObject({ description: expect.any(String) });
    }
  });

  test.each(builtins.map((builtin) => [builtin.name, builtin] as const))(
    '%s has an example that fits',
    (_name, builtin) => {
      expect(builtin.example).toBeDefined();
      const schema = builtin.arguments ?? z.strictObject({});
      expect(schema.safeParse(builtin.example?.arguments ?? {}).success).toBe(true);
    },
  );
});
