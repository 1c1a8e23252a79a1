/*
 * The rival of bench/records.ts: sums of one field of 32-byte records by another, in C.
 *
 *     sum_by_kind FILE THREADS
 *
 * Maps the file; each thread sums a part of the records `<IIdQ8x` into an open-addressing table of its own.
 * Prints the seconds from before the threads start until they have ended, then `kind;count;sum` lines.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 4096

typedef struct {
  uint32_t id, kind;
  double value;
  uint64_t ts, padding;
} record;

typedef struct {
  uint64_t count;
  double sum;
  uint32_t kind;
} group;

typedef struct {
  const record *start, *end;
  group groups[SLOTS];
} part;

static group *find(group *groups, uint32_t kind) {
  uint32_t slot = (kind * 2654435769u) >> 20;
  while (groups[slot].count != 0 && groups[slot].kind != kind)
    slot = (slot + 1) % SLOTS;
  return &groups[slot];
}

static void *sum_part(void *argument) {
  part *p = argument;
  for (const record *r = p->start; r < p->end; r++) {
    group *g = find(p->groups, r->kind);
    g->kind = r->kind;
    g->count++;
    g->sum += r->value;
  }
  return NULL;
}

int main(int argc, char **argv) {
  int thread_count = argc > 2 ? atoi(argv[2]) : 2;
  int fd = open(argv[1], O_RDONLY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return 1;
  struct timespec started, ended;
  clock_gettime(CLOCK_MONOTONIC, &started);
  const record *records = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (records == MAP_FAILED) return 1;
  size_t count = status.st_size / sizeof(record);
  part *parts = calloc(thread_count, sizeof(part));
  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; i++) {
    parts[i].start = records + count * i / thread_count;
    parts[i].end = records + count * (i + 1) / thread_count;
    pthread_create(&threads[i], NULL, sum_part, &parts[i]);
  }
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  group all[SLOTS];
  memset(all, 0, sizeof all);
  for (int i = 0; i < thread_count; i++)
    for (int slot = 0; slot < SLOTS; slot++) {
      group *from = &parts[i].groups[slot], *to;
      if (from->count == 0) continue;
      to = find(all, from->kind);
      to->kind = from->kind;
      to->count += from->count;
      to->sum += from->sum;
    }
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("%.6f\n", ended.tv_sec - started.tv_sec + (ended.tv_nsec - started.tv_nsec) / 1e9);
  for (int slot = 0; slot < SLOTS; slot++)
    if (all[slot].count != 0)
      printf("%u;%llu;%.17g\n", all[slot].kind, (unsigned long long)all[slot].count, all[slot].sum);
  return 0;
}
