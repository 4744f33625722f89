/** Control frames as text. Written by hand where a frame is sent once per command. */
import type { AcceptedFrame, ErrorFrame, HelloFrame } from '../protocol/frames.ts';
import type { JobResult } from '../protocol/result.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { Ref } from './incoming-frame.ts';
import type { ServerLimits } from './limits.ts';

export function helloText(agent: { readonly name: string; readonly version: string }, limits: ServerLimits): string {
  const frame: HelloFrame = {
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    version: agent.version,
    agent: agent.name,
    heartbeat_ms: limits.heartbeatMs,
    limits: { frame: limits.frameBytes, unanswered: limits.unanswered, stdin_credit: limits.stdinCredit },
  };
  return JSON.stringify(frame);
}

export function acceptedText(id: string, attached: boolean, ref: Ref | undefined, handle: number | undefined): string {
  const frame: AcceptedFrame = {
    type: 'accepted',
    id,
    ...(ref === undefined ? {} : { ref }),
    attached,
    ...(handle === undefined ? {} : { handle }),
  };
  return JSON.stringify(frame);
}

/** A result with the ref of the frame it answers; the same result goes to several callers. */
export function resultText(result: JobResult, ref: Ref | undefined): string {
  const members = JSON.stringify(result).slice(1);
  if (ref === undefined) return `{"type":"result",${members}`;
  return `{"type":"result","ref":${JSON.stringify(ref)},${members}`;
}

export function errorText(
  code: string,
  message: string,
  about: { readonly ref?: Ref | undefined; readonly handle?: number },
): string {
  const frame: ErrorFrame = {
    type: 'error',
    code,
    message,
    ...(about.ref === undefined ? {} : { ref: about.ref }),
    ...(about.handle === undefined ? {} : { handle: about.handle }),
  };
  return JSON.stringify(frame);
}
