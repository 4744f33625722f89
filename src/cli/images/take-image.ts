import type { Client } from '../../client/client.ts';
import { parseTrustedJson } from '../../base/json.ts';
import type { ImageInfo } from '../../protocol/images.ts';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { EXIT_OK, exitCodeOfResult } from '../exit-codes.ts';
import { ENDING_SIGNALS, onInterrupt } from '../interrupts.ts';
import { shortDigest, shortName } from './image-rows.ts';

/** What it says on both streams; above are results. */
const STDERR_LEVEL = 2;

/** Has an image brought here, and shows the steps on standard error. Ctrl-C ends it. Gives the exit code. */
export async function takeImage(
  client: Client,
  command: { readonly command: string; readonly arguments: object },
  json: boolean,
  cli: Cli,
): Promise<number> {
  const job = client.run(command);
  using _interrupts = onInterrupt(cli, ENDING_SIGNALS, () => {
    void job.kill().catch(() => undefined);
  });
  await job.accepted;
  for await (const item of job.messages()) {
    if (!json && item.type === 'message' && item.level <= STDERR_LEVEL) await cli.output.note(item.text);
  }
  const result = await job.result();
  if (result.state !== 'SUCCESS') {
    const message = result.error?.message ?? `Cannot run "${command.command}": ${result.reason}`;
    throw new CliError(message, { exitCode: exitCodeOfResult(result) });
  }
  const image = parseTrustedJson(result.data) as ImageInfo;
  if (json) await cli.output.json(image);
  else await cli.output.line(named(image));
  return EXIT_OK;
}

/** What it is called since just now. */
function named({ digest, names }: ImageInfo): string {
  const name = names.at(-1);
  return name === undefined ? shortDigest(digest) : shortName(name);
}
