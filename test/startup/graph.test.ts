import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/startup/graph.ts';

const graphOf = (nodes: Readonly<Record<string, readonly string[]>>) =>
  buildGraph(Object.entries(nodes).map(([id, after]) => ({ id, after })));

const stageOf = (nodes: Readonly<Record<string, readonly string[]>>, id: string) => graphOf(nodes).stages.get(id);

describe('buildGraph()', () => {
  test('orders what waits for nothing as it was given', () => {
    const { order, troubles } = graphOf({ c: [], a: [], b: [] });
    expect(order).toEqual(['c', 'a', 'b']);
    expect(troubles.size).toBe(0);
  });

  test('puts a chain of three into its order', () => {
    expect(graphOf({ c: ['b'], b: ['a'], a: [] }).order).toEqual(['a', 'b', 'c']);
  });

  test('lets an entry that names nothing come after boot', () => {
    const graph = graphOf({ a: [] });
    expect(graph.after.get('a')).toEqual(['boot']);
    expect(graph.stages.get('a')).toBe('boot');
    expect(graph.dependants.get('boot')).toEqual(['a']);
  });

  test('knows the stage of an entry by the last milestone before it, over others too', () => {
    const nodes = { a: ['init'], b: ['net'], c: ['a'], d: ['a', 'b'], e: ['init', 'd', 'f'], f: [] };
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => stageOf(nodes, id))).toEqual([
      'init',
      'net',
      'init',
      'net',
      'boot',
      'boot',
    ]);
  });

  test('takes a long line behind init for what it is', () => {
    const line = Object.fromEntries(
      Array.from({ length: 3000 }, (_, at) => [`e${at}`, at === 0 ? ['init'] : [`e${at - 1}`]]),
    );
    expect(stageOf(line, 'e2999')).toBe('init');
  });

  test('tells which name is unknown and which was meant, and keeps the others', () => {
    const { order, troubles } = graphOf({ database: [], web: ['databse'], other: ['database'], odd: ['zzzzzzzz'] });
    expect(Object.fromEntries(troubles)).toEqual({
      web: 'it comes after "databse", and there is no such entry, did you mean "database"?',
      odd: 'it comes after "zzzzzzzz", and there is no such entry',
    });
    expect(order).toEqual(expect.arrayContaining(['database', 'other']));
  });

  test('tells who comes after itself, by the shortest way, and keeps the others', () => {
    const { order, troubles } = graphOf({
      a: ['b'],
      b: ['c'],
      c: ['a'],
      self: ['self'],
      fine: [],
      behind: ['a', 'fine'],
    });
    expect(Object.fromEntries(troubles)).toEqual({
      a: 'it comes after itself: a after b after c after a',
      b: 'it comes after itself: b after c after a after b',
      c: 'it comes after itself: c after a after b after c',
      self: 'it comes after itself: self after self',
    });
    expect(order).toEqual(['fine']);
  });

  test('leaves out of the trouble what only stands between two circles', () => {
    const { troubles } = graphOf({ a: ['b'], b: ['a', 'between'], between: ['x'], x: ['y'], y: ['x'] });
    expect([...troubles.keys()].sort()).toEqual(['a', 'b', 'x', 'y']);
  });
});
