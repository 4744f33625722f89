import { defineBuiltin } from 'corex/builtin';
import { asNumber, readFields, readSmall } from './proc-fields.ts';

const KIB = 1024;

interface Processor {
  readonly cpu: number;
  readonly vendorId?: string | undefined;
  readonly family?: number | undefined;
  readonly model?: number | undefined;
  readonly stepping?: number | undefined;
  /** Of its socket. */
  readonly physicalId?: number | undefined;
  readonly coreId?: number | undefined;
  /** Of its socket. */
  readonly cores?: number | undefined;
  readonly modelName?: string | undefined;
  readonly mhz?: number | undefined;
  /** Bytes. */
  readonly cacheSize?: number | undefined;
  readonly flags: readonly string[];
  readonly microcode?: string | undefined;
}

export const infoCpu = defineBuiltin({
  name: 'info.cpu',
  summary: 'The logical processors: make, speed in MHz, cache in bytes, what they can do.',
  errors: ['not-able'],
  example: {
    data: [
      {
        cpu: 0,
        vendorId: 'GenuineIntel',
        family: 6,
        model: 85,
        stepping: 7,
        physicalId: 0,
        coreId: 0,
        cores: 8,
        modelName: 'Intel(R) Xeon(R) Gold 6248',
        mhz: 2500,
        cacheSize: 28_835_840,
        flags: ['fpu', 'sse4_2', 'avx512f'],
        microcode: '0x5003605',
      },
    ],
  },
  run: async () => {
    const text = await readSmall('/proc/cpuinfo');
    const processors = text === undefined ? [] : readProcessors(text);
    // Arm names no model, and elsewhere there is no such file.
    if (processors[0]?.modelName !== undefined) return processors;
    return (await import('./elsewhere.ts')).completeProcessors(processors);
  },
});

/** One block a processor; what a kind of machine doesn't tell is missing. */
function readProcessors(text: string): Processor[] {
  return text
    .split('\n\n')
    .map((block) => readFields(block, ':'))
    .filter((fields) => fields.has('processor'))
    .map((fields) => ({
      cpu: asNumber(fields.get('processor')) ?? 0,
      vendorId: fields.get('vendor_id'),
      family: asNumber(fields.get('cpu family')),
      model: asNumber(fields.get('model')),
      stepping: asNumber(fields.get('stepping')),
      physicalId: asNumber(fields.get('physical id')),
      coreId: asNumber(fields.get('core id')),
      cores: asNumber(fields.get('cpu cores')),
      modelName: fields.get('model name'),
      mhz: asNumber(fields.get('cpu MHz')),
      cacheSize: bytesOf(fields.get('cache size')),
      flags: (fields.get('flags') ?? fields.get('Features') ?? '').split(' ').filter((flag) => flag !== ''),
      microcode: fields.get('microcode'),
    }));
}

/** `1024 KB` in bytes. */
function bytesOf(text: string | undefined): number | undefined {
  const size = asNumber(text?.replace(/ KB$/, ''));
  return size === undefined ? undefined : size * KIB;
}
