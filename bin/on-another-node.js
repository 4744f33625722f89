// Runs a program in place of this process: by execve where Node has it, else as a child that is followed to its end.
// This file must parse and run on any Node, however old.
'use strict';

var childProcess = require('child_process');
var fs = require('fs');

var AGENT_TROUBLE = 125;
var FOLLOWED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'];
var FROM_A_TERMINAL = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGWINCH'];

exports.run = function run(program, args) {
  if (typeof process.execve === 'function') {
    try {
      process.execve(program, [program].concat(args), process.env);
    } catch (notHere) {
      // Not on this platform: follow a child.
    }
  }
  follow(program, args);
};

function follow(program, args) {
  var child = childProcess.spawn(program, args, { stdio: 'inherit' });
  FOLLOWED.forEach(function (name) {
    try {
      process.on(name, function () {
        if (FROM_A_TERMINAL.indexOf(name) === -1 || !isInForeground()) child.kill(name);
      });
    } catch (unknownHere) {
      // This platform has no such signal.
    }
  });
  child.on('error', function (error) {
    process.stderr.write('Cannot run corex with ' + program + ': ' + error.message + '\n');
    process.exit(AGENT_TROUBLE);
  });
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // A signal that does not end this process still has to end the story.
    setTimeout(function () {
      process.exit(AGENT_TROUBLE);
    }, 1000);
  });
}

// A terminal signals the whole foreground group, so the child has already had what this process is asked to pass on.
function isInForeground() {
  try {
    var stat = fs.readFileSync('/proc/self/stat', 'latin1');
    var fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    var group = fields[2];
    var foregroundGroup = fields[5];
    return group === foregroundGroup;
  } catch (noProc) {
    return process.stdin.isTTY === true;
  }
}
