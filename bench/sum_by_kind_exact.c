/*
 * What bench/records.ts compares its sums with: those of sum_by_kind.c, but exact, as ours are, and read as ours are.
 *
 *     sum_by_kind_exact FILE THREADS
 *
 * Each thread claims 1 MiB at a time, reads it into a buffer of its own, and sums the records `<IIdQ8x` into an
 * open-addressing table whose groups have 66 integers each: no addition rounds (see kernels/assembly/record_fixed.ts).
 * Prints the seconds from before the threads start until they have ended, then `kind;count;sum` lines.
 */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 1024
#define CHUNKS 66
#define BLOCK (1 << 20)
#define CARRY_MASK 1023

typedef struct {
  uint32_t id, kind;
  double value;
  uint64_t ts, padding;
} record;

typedef struct {
  uint64_t count;
  uint32_t kind;
  int64_t chunks[CHUNKS];
} group;

static int file;
static size_t file_bytes;
static atomic_size_t next_block;

static group *find(group *groups, uint32_t kind) {
  uint32_t slot = (kind * 2654435769u) >> 22;
  while (groups[slot].count != 0 && groups[slot].kind != kind)
    slot = (slot + 1) % SLOTS;
  return &groups[slot];
}

static void carry(int64_t *chunks) {
  int64_t over = 0;
  for (int i = 0; i < CHUNKS - 1; i++) {
    int64_t value = chunks[i] + over;
    over = (value + ((value >> 63) & 0xffffffff)) >> 32;
    chunks[i] = value - over * 4294967296;
  }
  chunks[CHUNKS - 1] += over;
}

static void add(group *g, uint64_t bits) {
  uint64_t exponent = (bits >> 52) & 0x7ff;
  int64_t sign = (int64_t)bits >> 63;
  int64_t mantissa = bits & 0xfffffffffffff;
  uint64_t place = 0;
  if (exponent != 0) {
    mantissa |= 1LL << 52;
    place = exponent - 1;
  }
  mantissa = (mantissa ^ sign) - sign;
  int64_t *chunk = g->chunks + (place >> 5);
  int shift = place & 31;
  chunk[0] += (int64_t)(((uint64_t)mantissa << shift) & 0xffffffff);
  chunk[1] += mantissa >> (32 - shift);
  if ((++g->count & CARRY_MASK) == 0) carry(g->chunks);
}

static void *sum_blocks(void *groups) {
  record *block = aligned_alloc(4096, BLOCK);
  for (;;) {
    size_t start = atomic_fetch_add(&next_block, 1) * (size_t)BLOCK;
    if (start >= file_bytes) break;
    ssize_t count = pread(file, block, BLOCK, start);
    if (count < 0) exit(1);
    for (record *r = block; (char *)(r + 1) <= (char *)block + count; r++) {
      group *g = find(groups, r->kind);
      g->kind = r->kind;
      uint64_t bits;
      memcpy(&bits, &r->value, sizeof bits);
      add(g, bits);
    }
  }
  free(block);
  return NULL;
}

static double sum_of(const group *g) {
  double sum = 0;
  for (int i = CHUNKS - 1; i >= 0; i--) sum += ldexp((double)g->chunks[i], 32 * i - 1074);
  return sum;
}

int main(int argc, char **argv) {
  int thread_count = argc > 2 ? atoi(argv[2]) : 2;
  struct stat status;
  file = open(argv[1], O_RDONLY);
  if (file < 0 || fstat(file, &status) != 0) return 1;
  file_bytes = status.st_size;
  struct timespec started, ended;
  clock_gettime(CLOCK_MONOTONIC, &started);
  group *groups = calloc((size_t)thread_count * SLOTS, sizeof(group));
  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; i++)
    pthread_create(&threads[i], NULL, sum_blocks, groups + (size_t)i * SLOTS);
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  for (int i = SLOTS; i < thread_count * SLOTS; i++) {
    group *from = &groups[i];
    if (from->count == 0) continue;
    group *to = find(groups, from->kind);
    to->kind = from->kind;
    to->count += from->count;
    for (int chunk = 0; chunk < CHUNKS; chunk++) to->chunks[chunk] += from->chunks[chunk];
  }
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("%.6f\n", ended.tv_sec - started.tv_sec + (ended.tv_nsec - started.tv_nsec) / 1e9);
  for (int i = 0; i < SLOTS; i++)
    if (groups[i].count != 0)
      printf("%u;%llu;%.17g\n", groups[i].kind, (unsigned long long)groups[i].count, sum_of(&groups[i]));
  return 0;
}
