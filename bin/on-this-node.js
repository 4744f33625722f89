// Runs corex inside this process. Loaded on Node 24 or newer only.
'use strict';

const { existsSync, statSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { userInfo } = require('node:os');
const path = require('node:path');

const built = path.join(__dirname, '../dist/src/main.js');
const source = path.join(__dirname, '../src/main.ts');

// Each file that is asked for on a dead disk takes a thread for ever; Node has 4. Read when the first is needed.
const THREADS = '16';

// Little room for young objects, in megabytes: an agent that has run thousands of jobs is a quarter smaller, and as fast.
// Looking through the old ones more often (--heap-growing-percent) makes it smaller still, but calls a tenth slower.
// What only starting took can be given back at once when the collector can be asked.
const SMALL = ['--max-semi-space-size=4', '--expose-gc'];

// Heaps that the C library may make for threads. Each keeps for itself what was freed in it; by default there are many.
const ARENAS = '2';

exports.run = function run() {
  process.env.UV_THREADPOOL_SIZE ??= THREADS;
  if (existsSync(built)) {
    if (isToStartSmall()) {
      process.env.MALLOC_ARENA_MAX ??= ARENAS;
      const again = [...SMALL, ...process.execArgv, ...process.argv.slice(1)];
      require('./on-another-node.js').run(process.execPath, again);
    }
    keepCompiledCode();
    void import(built);
    return;
  }
  // A checkout without a build. The flag has to be given at the start of a process: see docs/decisions/0003.
  const flags = ['--conditions=corex-source', '--disable-warning=ExperimentalWarning'];
  require('./on-another-node.js').run(process.execPath, [...flags, source, ...process.argv.slice(2)]);
};

// The flag has to be given at the start of a process. A Node that can't put another in its place goes on as it is, and
// so does one that a debugger is told of.
function isToStartSmall() {
  const isSettled = process.execArgv.some((flag) => /^--(max-semi-space-size|inspect)/.test(flag));
  return process.argv[2] === 'start' && !isSettled && process.execve !== undefined && process.platform === 'linux';
}

// Node's own default is a directory under /tmp that anyone may make first; code for root must not come from there.
function keepCompiledCode() {
  try {
    const { homedir, uid } = userInfo();
    const directory = path.join(homedir, '.cache/corex/compiled');
    const owner = statSync(directory, { throwIfNoEntry: false })?.uid ?? uid;
    if (owner === uid) enableCompileCache(directory);
  } catch {
    // A user without a name or a home starts a little slower.
  }
}
