import { freemem, totalmem } from 'node:os';
import { defineBuiltin } from 'corex/builtin';
import { asNumber, percent, readFields, readSmall } from './proc-fields.ts';

const KIB = 1024;

export const infoMem = defineBuiltin({
  name: 'info.mem',
  summary: 'The memory of the machine in bytes: in all, available without swapping, used (the rest), and what for.',
  example: {
    data: {
      total: 16_777_216_000,
      available: 12_582_912_000,
      used: 4_194_304_000,
      usedPercent: 25,
      free: 8_388_608_000,
      active: 5_000_000_000,
      inactive: 2_000_000_000,
      buffers: 200_000_000,
      cached: 3_500_000_000,
      writeback: 0,
      dirty: 40_960,
      writebacktmp: 0,
      shared: 8_388_608,
      slab: 300_000_000,
      pagetables: 13_000_000,
      swapcached: 0,
      swap: { total: 2_147_483_648, used: 0, free: 2_147_483_648 },
    },
  },
  run: async () => {
    const text = await readSmall('/proc/meminfo');
    if (text === undefined) return describe({ total: totalmem(), available: freemem(), free: freemem() });
    const fields = readFields(text, ':');
    const bytes = (name: string): number | undefined => {
      const value = asNumber(fields.get(name)?.replace(/ kB$/, ''));
      return value === undefined ? undefined : value * KIB;
    };
    const free = bytes('MemFree') ?? 0;
    const [swapTotal, swapFree] = [bytes('SwapTotal') ?? 0, bytes('SwapFree') ?? 0];
    return {
      ...describe({ total: bytes('MemTotal') ?? totalmem(), available: bytes('MemAvailable') ?? free, free }),
      active: bytes('Active'),
      inactive: bytes('Inactive'),
      buffers: bytes('Buffers'),
      cached: bytes('Cached'),
      writeback: bytes('Writeback'),
      dirty: bytes('Dirty'),
      writebacktmp: bytes('WritebackTmp'),
      shared: bytes('Shmem'),
      slab: bytes('Slab'),
      pagetables: bytes('PageTables'),
      swapcached: bytes('SwapCached'),
      swap: { total: swapTotal, used: swapTotal - swapFree, free: swapFree },
    };
  },
});

function describe({ total, available, free }: { total: number; available: number; free: number }) {
  const used = total - available;
  return { total, available, used, usedPercent: percent(used, total), free };
}
