/** Feeds that are no job's output, as frames. */
import type { LogReader } from '../engine/log-access.ts';
import type { ResourceReader } from '../engine/resource-access.ts';
import type { LogFrame } from '../protocol/frames.ts';
import type { FrameSource } from './feed-subscription.ts';

export function logFrames(handle: number, reader: LogReader): FrameSource {
  return {
    next: async (maxBytes) => {
      const batch = await reader.next(maxBytes);
      if (batch === undefined) return undefined;
      const { items, dropped } = batch;
      const frame: LogFrame = {
        type: 'log',
        handle,
        ...(dropped === 0 ? {} : { dropped }),
        records: [...items],
      };
      return JSON.stringify(frame);
    },
    close: () => {
      reader.close();
    },
  };
}

/** Events come as JSON, written once for each reader. */
export function resourceFrames(handle: number, reader: ResourceReader): FrameSource {
  return {
    next: async (maxBytes) => {
      const events = await reader.next(maxBytes);
      return events && `{"type":"resources","handle":${handle},"events":[${events.join(',')}]}`;
    },
    close: () => {
      reader.close();
    },
  };
}
