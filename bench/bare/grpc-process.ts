import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import * as grpc from '@grpc/grpc-js';

import type { Stage } from '../stage.ts';

const PATIENCE_MS = 20_000;

const same = (bytes: Buffer): Buffer => bytes;

/** A gRPC server in a process of its own, and a client that sends and gets bytes. */
export interface GrpcProcess extends AsyncDisposable {
  call(method: string, request: Buffer): Promise<Buffer>;
  stream(method: string, request: Buffer): grpc.ClientReadableStream<Buffer>;
}

/** Starts `bare/<name>.ts` on a socket in the stage. */
export async function startGrpcServer(stage: Stage, name: 'grpc-bare-server' | 'cosi-server'): Promise<GrpcProcess> {
  const socket = `${stage.fresh(name)}.sock`;
  const script = path.join(import.meta.dirname, `${name}.ts`);
  const args = [...stage.nodeFlags, '-C', 'corex-source', script, socket];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: stage.root });
  const ended = once(child, 'exit');
  const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure(), {
    'grpc.enable_channelz': 0,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 100,
  });
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + PATIENCE_MS, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(method, same, same, request, (error, answer) => {
          if (error === null) resolve(answer ?? Buffer.alloc(0));
          else reject(error);
        });
      }),
    stream: (method, request) => client.makeServerStreamRequest(method, same, same, request),
    [Symbol.asyncDispose]: async () => {
      client.close();
      child.kill();
      await ended;
    },
  };
}
