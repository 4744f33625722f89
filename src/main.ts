// The program `corex`: see bin/corex.js, which decides which Node runs it.
import process from 'node:process';
import { runCli } from './cli/cli.ts';
import { processContext } from './cli/process-context.ts';

// Whatever a command left open (standard input, a broken connection) must not keep the caller waiting.
process.exit(await runCli(process.argv.slice(2), processContext()));
