#!/usr/bin/env node
// The executable. This file must parse and run on any Node, however old: it only decides which Node runs corex.
'use strict';

var path = require('path');

var OLDEST_NODE = 24;
var AGENT_TROUBLE = 125;

if (isNewEnough(process.versions.node)) {
  require('./on-this-node.js').run();
} else {
  var node = findNode();
  if (node === undefined) {
    process.stderr.write(
      'Cannot run corex on Node ' + process.versions.node + ': it needs Node ' + OLDEST_NODE + ' or newer\n',
    );
    process.exit(AGENT_TROUBLE);
  }
  require('./on-another-node.js').run(node, [__filename].concat(process.argv.slice(2)));
}

function isNewEnough(version) {
  return Number(version.split('.')[0]) >= OLDEST_NODE;
}

// The `node` package from npm holds a whole Node. It is looked for where Node itself would look for a package.
function findNode() {
  var places = module.paths || [];
  for (var i = 0; i < places.length; i++) {
    var home = path.join(places[i], 'node');
    try {
      if (isNewEnough(require(path.join(home, 'package.json')).version)) {
        return require.resolve(path.join(home, 'bin', 'node'));
      }
    } catch (notThere) {
      continue;
    }
  }
  return undefined;
}
