#!/bin/sh
# A job of the soak: does what its arguments say, one after the other, and writes down in a journal what it did, so that
# the truth is known without the agent. `program.sh JOURNAL STEP…`. A line of the journal:
#   WHAT RUN PID JOB UPTIME [FACTS…]
# where WHAT is begin, wrote (bytes so far), left (a child's pid) or end (exit N, signal NAME).
ulimit -c 0
journal=$1
shift

note() {
  what=$1
  shift
  read -r up _ </proc/uptime
  # One short write to a file opened for appending: lines of many programs don't mix.
  echo "$what $COREX_RUN $$ $COREX_JOB_ID $up $*" >>"$journal"
}

# A child can be waited for and interrupted; the shell's own sleep could not.
rest() {
  sleep "$1" &
  wait $!
}

note begin
while [ $# -gt 0 ]; do
  step=$1
  shift
  case $step in
  sleep)
    rest "$1"
    shift
    ;;
  lines) # COUNT PAUSE: after each tenth line a pause
    n=0
    while [ $n -lt "$1" ]; do
      n=$((n + 1))
      echo "$COREX_RUN $n"
      if [ "$2" != 0 ] && [ $((n % 10)) = 0 ]; then rest "$2"; fi
    done
    shift 2
    ;;
  noise) # FILE BLOCKS PAUSE: blocks of 256 KiB
    n=0
    while [ $n -lt "$2" ]; do
      dd if="$1" bs=262144 skip=$n count=1 status=none || {
        note end exit 9
        exit 9
      }
      n=$((n + 1))
      note wrote $((n * 262144))
      if [ "$3" != 0 ]; then rest "$3"; fi
    done
    shift 3
    ;;
  echo-input) cat ;;
  trap-term) trap 'note end exit 42; exit 42' TERM ;;
  ignore-term) trap '' TERM ;;
  leave) # SECONDS: a child that outlives the program, in its group
    sleep "$1" </dev/null >/dev/null 2>&1 &
    note left $!
    shift
    ;;
  escape) # SECONDS: one in a session of its own
    setsid sleep "$1" </dev/null >/dev/null 2>&1 &
    note left $!
    shift
    ;;
  gorge) # takes memory until it is ended
    note end signal KILL
    exec tail /dev/zero
    ;;
  exit)
    note end exit "$1"
    exit "$1"
    ;;
  signal)
    note end signal "$1"
    kill -s "$1" $$
    ;;
  *) exit 9 ;;
  esac
done
note end exit 0
