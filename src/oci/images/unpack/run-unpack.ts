/** Has something unpacked by a process of its own. */
import { parseTrustedJson } from '../../../base/json.ts';
import { ownProgram } from '../../../base/own-package.ts';
import { runHelper } from '../../../host/helper-program.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import { UnpackAnswer, type UnpackRequest } from './requests.ts';

export interface UnpackWatch {
  readonly signal: AbortSignal;
  /** Told how many bytes of files are written. */
  readonly onProgress?: (bytes: number) => void;
}

export type Unpacked = Extract<UnpackAnswer, { type: 'done' }>;

/** Flags of ours that would disturb it: a debugger's port can be had once. */
const FLAGS_NOT_PASSED_ON = /^--(inspect|watch|max-|optimize)/;
/** Megabytes it may have for itself. An archive can't make it need them. */
const HEAP = '--max-old-space-size=512';

/**
 * `what` names it in messages: `the layer sha256:…`. Errors: AgentError `bad-image`, `no-space` and those of files; the
 * signal's reason. What is in the target then is of no use.
 */
export async function runUnpack(request: UnpackRequest, what: string, watch: UnpackWatch): Promise<Unpacked> {
  const flags = process.execArgv.filter((flag) => !FLAGS_NOT_PASSED_ON.test(flag));
  const answers: UnpackAnswer[] = [];
  const end = await runHelper({
    program: process.execPath,
    args: [...flags, HEAP, ownProgram('src/oci/images/unpack/main')],
    env: {},
    cwd: '/',
    input: JSON.stringify(request),
    signal: watch.signal,
    onLine: (line) => {
      const answer = UnpackAnswer.parse(parseTrustedJson(line));
      if (answer.type === 'progress') watch.onProgress?.(answer.bytes);
      else answers.push(answer);
    },
  });
  const [answer] = answers;
  if (answer?.type === 'done') return answer;
  if (answer?.type === 'failed') throw failure(answer.code, answer.message, what);
  const why = end.type === 'failed' ? end.why : `its helper ended with code ${end.code}: ${end.stderr.slice(-500)}`;
  throw new AgentError('failed', `Cannot unpack ${what}: ${why}`);
}

function failure(code: string, message: string, what: string): AgentError {
  const error = AgentError.fromJSON({ code, message });
  const why = message.replace(/^Cannot (unpack it|go on): /, '');
  return new AgentError(error.code, `Cannot unpack ${what}: ${why}`, { cause: error });
}
