// The least a server on grpc-js can do: send each request back, and to whoever watches, without looking at it.
// `node grpc-echo-server.ts SOCKET`
import * as grpc from '@grpc/grpc-js';

const same = (bytes: Buffer): Buffer => bytes;
const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
const watching = new Set<grpc.ServerWritableStream<Buffer, Buffer>>();

const server = new grpc.Server({ 'grpc.enable_channelz': 0 });
server.addService(
  {
    Echo: { path: '/bare/Echo', requestStream: false, responseStream: false, ...codec },
    Watch: { path: '/bare/Watch', requestStream: false, responseStream: true, ...codec },
  },
  {
    Echo: (({ request }, respond) => {
      respond(null, request);
      for (const stream of watching) stream.write(request);
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
