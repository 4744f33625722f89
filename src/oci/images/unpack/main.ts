/**
 * The process that unpacks: one request as a line on its input, answers as lines on its output. A process of its own, since
 * it does nothing but wait for disks, and what a hostile archive breaks is not the agent. It ends with the agent.
 */
import { readFileSync } from 'node:fs';
import { parseTrustedJson } from '../../../base/json.ts';
import { loadSpecialFiles } from '../../../host/special-files.ts';
import { fileError } from '../../../protocol/file-error.ts';
import { ArchiveError } from '../../../files/archive-error.ts';
import { UnpackRequest, type UnpackAnswer } from './requests.ts';
import { unpack } from './unpack.ts';

process.umask(0o022);
(await loadSpecialFiles())?.endWithParent();
const request = UnpackRequest.parse(parseTrustedJson(readFileSync(0, 'utf8')));
try {
  answer(await unpack(request, answer));
} catch (error) {
  if (error instanceof ArchiveError) answer({ type: 'failed', code: 'bad-image', message: error.message });
  else {
    const { code, message } = fileError('unpack it', error);
    answer({ type: 'failed', code, message });
  }
}

function answer(line: UnpackAnswer): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
