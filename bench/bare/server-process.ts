import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../agent/connection.ts';
import type { Stage } from '../stage.ts';

const PATIENCE_MS = 10_000;

/** A bare server in a process of its own, and one connection to it. */
export interface BareServer extends AsyncDisposable {
  readonly connection: Connection;
}

/** Starts `bare/<name>.ts` on a socket in the stage. */
export async function startBareServer(stage: Stage, name: 'echo-server' | 'relay-server'): Promise<BareServer> {
  const socketPath = `${stage.fresh(name)}.sock`;
  const script = path.join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, [script, socketPath], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: stage.root,
  });
  const ended = once(child, 'exit');
  const connection = await connect(socketPath);
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      connection[Symbol.dispose]();
      child.kill();
      await ended;
    },
  };
}

async function connect(socketPath: string): Promise<Connection> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await Connection.open(socketPath);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(5);
    }
  }
}
