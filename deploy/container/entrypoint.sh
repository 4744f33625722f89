#!/bin/sh
# The first process becomes the keeper of the jobs' processes, with the agent as its child. What follows the image's name
# on the command line is given to it: options, as in `corex help init`.
set -eu
# A volume is made with rights for everybody; a data directory is its owner's alone.
[ ! -d "${COREX_DATA_DIR:-/data}" ] || chmod 700 "${COREX_DATA_DIR:-/data}"
exec corex init "$@"
