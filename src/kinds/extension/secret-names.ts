import type { Template } from './template.ts';

const WHOLE = /^secret:(\S*)$/;
const INSIDE = /\{secret:([^{}]*)\}/g;

/** The secrets that the manifest's own texts refer to; a value makes no reference of one. */
export function secretsIn(templates: readonly Template[]): string[] {
  const names = templates.flatMap((template) =>
    template.flatMap((part) => {
      if (part.type === 'parameter') return [];
      const whole = template.length === 1 ? WHOLE.exec(part.text)?.[1] : undefined;
      return whole === undefined ? [...part.text.matchAll(INSIDE)].map(([, name = '']) => name) : [whole];
    }),
  );
  return [...new Set(names)];
}
