// Names the functions of a profile by the files they were written in, not by the chunks they were built into.
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

import type { CpuProfile, CpuProfileNode } from './cpu-profile.ts';

type CallFrame = CpuProfileNode['callFrame'];

/** The same profile; frames of files without a map beside them stay as they are. */
export function toSources(profile: CpuProfile): CpuProfile {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (url: string): SourceMap | undefined => {
    if (!maps.has(url)) maps.set(url, readMap(url));
    return maps.get(url);
  };
  return { ...profile, nodes: profile.nodes.map((node) => ({ ...node, callFrame: source(node.callFrame, mapOf) })) };
}

function source(frame: CallFrame, mapOf: (url: string) => SourceMap | undefined): CallFrame {
  const entry = mapOf(frame.url)?.findEntry(frame.lineNumber, frame.columnNumber);
  if (entry === undefined || !('originalSource' in entry)) return frame;
  const { originalSource, originalLine, originalColumn } = entry;
  const url = new URL(originalSource, frame.url).href;
  return { functionName: frame.functionName, url, lineNumber: originalLine, columnNumber: originalColumn };
}

function readMap(url: string): SourceMap | undefined {
  if (!url.startsWith('file:')) return undefined;
  try {
    return new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${url}.map`), 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
