/* The least it takes to run programs: posix_spawn and wait, again and again.
 * spawn-loop SECONDS IN_FLIGHT PAUSE_US PROGRAM
 * Keeps IN_FLIGHT children alive for SECONDS; with one in flight it rests PAUSE_US before each. Standard streams are
 * /dev/null, as a job without input has it. Prints one JSON line: children per second, and how long one took from
 * spawn to wait at the 50th and the 99th percentile, in milliseconds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SLOTS = 64, MOST_TIMES = 1000000 };

static double times[MOST_TIMES];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int ascending(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  double seconds = atof(argv[1]);
  int in_flight = atoi(argv[2]);
  useconds_t pause = (useconds_t)atoi(argv[3]);
  char *child_argv[] = {argv[4], NULL};
  char *child_env[] = {"PATH=/usr/bin:/bin", NULL};
  pid_t pids[MOST_SLOTS] = {0};
  double started[MOST_SLOTS] = {0};
  if (in_flight < 1 || in_flight > MOST_SLOTS) return 2;

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);

  long count = 0;
  int alive = 0;
  double resting = 0;
  double began = now();
  double end = began + seconds * 1e3;
  for (;;) {
    for (int slot = 0; slot < in_flight && now() < end; slot++) {
      if (pids[slot] != 0) continue;
      if (pause > 0) {
        double before = now();
        usleep(pause);
        resting += now() - before;
      }
      started[slot] = now();
      if (posix_spawn(&pids[slot], argv[4], &actions, NULL, child_argv, child_env) != 0) return 1;
      alive++;
    }
    if (alive == 0) break;
    pid_t pid = waitpid(-1, NULL, 0);
    for (int slot = 0; slot < in_flight; slot++) {
      if (pids[slot] != pid) continue;
      if (count < MOST_TIMES) times[count] = now() - started[slot];
      pids[slot] = 0;
      alive--;
      count++;
    }
  }
  double took = now() - began - resting;
  long kept = count < MOST_TIMES ? count : MOST_TIMES;
  if (kept == 0) return 1;
  qsort(times, (size_t)kept, sizeof times[0], ascending);
  printf("{\"perSecond\":%f,\"p50\":%f,\"p99\":%f}\n", (double)count / took * 1e3, times[kept / 2],
         times[kept * 99 / 100]);
  return 0;
}
