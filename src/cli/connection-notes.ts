import type { ClientStatus } from '../client/client-status.ts';
import type { Output } from './output.ts';

/** Tells on standard error that the connection is lost, and that it is back. */
export function connectionNotes(
  { output }: { readonly output: Pick<Output, 'note'> },
  isWanted: boolean,
): (status: ClientStatus) => void {
  let isLost = false;
  return (status) => {
    if (!isWanted) return;
    if (status.type === 'disconnected') {
      isLost = true;
      void output.note('corex: the connection to the agent is lost, trying again; the job goes on');
    } else if (status.type === 'connected' && isLost) {
      isLost = false;
      void output.note('corex: connected again');
    }
  };
}
