// The least a server on grpc-js can do: answer whatever comes with bytes it was given, and send others to whoever watches.
// `node grpc-bare-server.ts SOCKET`
import * as grpc from '@grpc/grpc-js';

const same = (bytes: Buffer): Buffer => bytes;
const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
const unary = { requestStream: false, responseStream: false, ...codec };
const watching = new Set<grpc.ServerWritableStream<Buffer, Buffer>>();
let answer = Buffer.alloc(0);
let event = Buffer.alloc(0);

const server = new grpc.Server({ 'grpc.enable_channelz': 0 });
server.addService(
  {
    KeepAnswer: { path: '/bare/KeepAnswer', ...unary },
    KeepEvent: { path: '/bare/KeepEvent', ...unary },
    Call: { path: '/bare/Call', ...unary },
    Watch: { path: '/bare/Watch', ...unary, responseStream: true },
  },
  {
    KeepAnswer: (({ request }, respond) => {
      answer = Buffer.from(request);
      respond(null, answer);
    }) satisfies grpc.handleUnaryCall<Buffer, Buffer>,
    KeepEvent: (({ request }, respond) => {
      event = Buffer.from(request);
      respond(null, event);
    }) satisfies grpc.handleUnaryCall<Buffer, Buffer>,
    Call: ((_call, respond) => {
      respond(null, answer);
      for (const stream of watching) stream.write(event);
    }) satisfies grpc.handleUnaryCall<Buffer, Buffer>,
    Watch: ((stream) => {
      watching.add(stream);
      stream.on('cancelled', () => watching.delete(stream));
      stream.write(Buffer.alloc(0));
    }) satisfies grpc.handleServerStreamingCall<Buffer, Buffer>,
  },
);
server.bindAsync(`unix:${process.argv[2] ?? ''}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
