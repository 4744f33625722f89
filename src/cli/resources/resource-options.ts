import type { OptionSpecs, OptionValues } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import type { ListOptions } from '../../client/resources-api.ts';
import { readSelectors } from './label-selector.ts';

/** How resources are shown. */
export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

export const NAMESPACE_OPTION = {
  namespace: { type: 'text', short: 'n', value: 'NAMESPACE', summary: 'where they are; default that of their type' },
} as const satisfies OptionSpecs;

/** Which resources, and how they are shown. */
export const RESOURCE_OPTIONS = {
  ...NAMESPACE_OPTION,
  labels: {
    type: 'text',
    short: 'l',
    value: 'LABELS',
    multiple: true,
    summary: 'only those with such labels: app=web,tier!=db,env in (a,b),!old,size>=4GB; of several -l any may hold',
  },
  idMatch: { type: 'text', value: 'RE', summary: 'only those in whose id this regular expression (RE2) is found' },
  output: {
    type: 'text',
    short: 'o',
    value: 'FORMAT',
    choices: FORMATS,
    summary: 'how they are shown, as a table unless said',
  },
  ...AGENT_OPTIONS,
} as const satisfies OptionSpecs;

type Options = OptionValues<typeof RESOURCE_OPTIONS>;

export function formatOf({ output, json }: Pick<Options, 'output' | 'json'>): Format {
  return json ? 'json' : ((output as Format | undefined) ?? 'table');
}

/** Errors: UsageError. */
export function queryOf({ labels, idMatch }: Pick<Options, 'labels' | 'idMatch'>): ListOptions {
  return { labels: readSelectors(labels), idMatch };
}
