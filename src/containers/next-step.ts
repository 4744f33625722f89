/**
 * What is to be done next for a container, from what is wished for and what is so.
 *
 * ```
 *                 start                       stop, end
 *   created ───▶ starting ───▶ running ───▶ stopping ───▶ stopped ──┐
 *      ▲            │ start failed: created or stopped, as before   │
 *      └────────────┴───────────────────────────── start ◀──────────┘
 * ```
 */
import type { ContainerConfig, ContainerStatus } from '../protocol/container.ts';

export type Step =
  /** Something is under way; its end wakes the controller. */
  | { readonly type: 'wait' }
  | { readonly type: 'start' }
  /** The main process is to be asked to end. */
  | { readonly type: 'end' }
  /** The main process is gone, what it left is not. */
  | { readonly type: 'clear' }
  | { readonly type: 'copy-in' }
  /** It is to go for good, and can. */
  | { readonly type: 'remove' }
  /** Its main process has ended, and it was made for that only. */
  | { readonly type: 'give-up' }
  /** All is as it is wished for. */
  | { readonly type: 'settle' };

export function nextStep(config: ContainerConfig, status: ContainerStatus, isGoing: boolean): Step {
  const { main, state } = status;
  if (main !== undefined && main.state !== 'exited') {
    if (isGoing || config.run_state === 'stopped') return { type: 'end' };
    if (main.state === 'starting') return { type: 'wait' };
    return hasFiles(config, status) ? { type: 'copy-in' } : { type: 'settle' };
  }
  if (state !== 'created' && state !== 'stopped') return { type: 'clear' };
  if (isGoing) return { type: 'remove' };
  if (config.run_state === 'running' && status.starts < config.starts) return { type: 'start' };
  if (config.auto_remove && status.starts > 0) return { type: 'give-up' };
  return { type: 'settle' };
}

function hasFiles({ files }: ContainerConfig, status: ContainerStatus): boolean {
  return files.some(({ sequence }) => sequence > status.files);
}

/** Whether it has, or is about to have, a main process: what is committed now meets one. */
export function isUp(config: ContainerConfig, status: ContainerStatus | undefined): boolean {
  if (config.run_state === 'running' && config.starts > (status?.starts ?? 0)) return true;
  return status !== undefined && status.state !== 'created' && status.state !== 'stopped';
}
