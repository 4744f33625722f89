import { State } from '../../src/state/state.ts';
import { describeControllers } from '../contracts/controllers.ts';
import { cosiStage } from './cosi-stage.ts';

describeControllers('gRPC', async () => {
  const stage = await cosiStage();
  return { state: new State(stage.backend), [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
});
