/*
 * The limit of bench/records.ts: the One Billion Row Challenge in C, with 128-bit vectors, as our kernel does it.
 *
 *     measurements FILE THREADS
 *
 * Each thread reads 1 MiB at a time and takes its lines from two halves in turn. For files as the challenge has
 * them: nothing is checked. Prints the seconds from before the threads start until they have ended, then
 * `station;min;mean;max` lines.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <immintrin.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PART ((size_t)1 << 20)
#define MARGIN 256
#define SLOTS_LOG2 16
#define SLOTS (1u << SLOTS_LOG2)
#define K 0x9e3779b97f4a7c15ull

typedef struct {
  uint8_t name[112];
  int64_t count, sum;
  int32_t min, max;
  uint32_t hash, length;
} station;

typedef struct {
  station *slots[SLOTS];
  uint8_t buffer[MARGIN + (1 << 20) + MARGIN];
} worker;

static int fd;
static size_t size;
static size_t next_part;
static uint8_t masks[32];

static uint64_t mix(uint64_t h, __m128i block) {
  h = (h ^ (uint64_t)_mm_cvtsi128_si64(block)) * K;
  h = (h ^ h >> 32 ^ (uint64_t)_mm_extract_epi64(block, 1)) * K;
  return h ^ h >> 32;
}

static station *find(worker *w, const uint8_t *name, uint32_t length, uint32_t hash) {
  uint32_t slot = hash >> (32 - SLOTS_LOG2);
  for (;; slot = (slot + 1) % SLOTS) {
    station *s = w->slots[slot];
    if (s == NULL) {
      s = w->slots[slot] = calloc(1, sizeof(station));
      memcpy(s->name, name, length);
      s->hash = hash;
      s->length = length;
      s->min = INT32_MAX;
      s->max = INT32_MIN;
      return s;
    }
    if (s->hash == hash && s->length == length && memcmp(s->name, name, length) == 0) return s;
  }
}

static void add(station *s, int64_t value) {
  s->count++;
  s->sum += value;
  if (value < s->min) s->min = value;
  if (value > s->max) s->max = value;
}

static inline const uint8_t *number(const uint8_t *at, int64_t *value) {
  uint64_t word;
  memcpy(&word, at, 8);
  uint64_t point = __builtin_ctzll(~word & 0x10101000);
  int64_t sign = (int64_t)(~word << 59) >> 63;
  uint64_t aligned = (word & ~(uint64_t)(sign & 0xff)) << (28 - point);
  int64_t size = ((aligned & 0x0f000f0f00ull) * 0x640a0001ull >> 32) & 0x3ff;
  *value = (size ^ sign) - sign;
  return at + (point >> 3) + 3;
}

static const uint8_t *long_line(worker *w, const uint8_t *line) {
  const uint8_t *end = memchr(line, ';', MARGIN);
  uint64_t hash = 1;
  for (const uint8_t *at = line; at < end; at++) hash = (hash ^ *at) * K;
  int64_t value;
  const uint8_t *next = number(end + 1, &value);
  add(find(w, line, end - line, hash >> 32), value);
  return next;
}

static inline const uint8_t *one_line(worker *w, const uint8_t *line) {
  __m128i block = _mm_loadu_si128((const __m128i *)line);
  uint32_t ends = _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(';')));
  if (ends == 0) return long_line(w, line);
  uint32_t length = __builtin_ctz(ends);
  __m128i key = _mm_and_si128(block, _mm_loadu_si128((const __m128i *)(masks + 16 - length)));
  uint32_t hash = (uint32_t)mix(length, key);
  int64_t value;
  const uint8_t *next = number(line + length + 1, &value);
  station *s = w->slots[hash >> (32 - SLOTS_LOG2)];
  if (s != NULL && s->length == length) {
    __m128i other = _mm_xor_si128(key, _mm_loadu_si128((const __m128i *)s->name));
    if (_mm_testz_si128(other, other)) {
      add(s, value);
      return next;
    }
  }
  add(find(w, line, length, hash), value);
  return next;
}

static void scan(worker *w, const uint8_t *start, const uint8_t *end) {
  const uint8_t *middle = start + (end - start) / 2;
  while (middle < end && middle[-1] != '\n') middle++;
  const uint8_t *a = start, *b = middle;
  while (a < middle && b < end) {
    a = one_line(w, a);
    b = one_line(w, b);
  }
  while (a < middle) a = one_line(w, a);
  while (b < end) b = one_line(w, b);
}

static void *work(void *argument) {
  worker *w = argument;
  uint8_t *segment = w->buffer + MARGIN;
  for (;;) {
    size_t offset = __atomic_fetch_add(&next_part, 1, __ATOMIC_RELAXED) * PART;
    if (offset >= size) return NULL;
    size_t before = offset == 0 ? 0 : 1;
    ssize_t count = pread(fd, segment - before, PART + before + MARGIN, offset - before);
    if (count <= 0) exit(1);
    size_t length = count - before;
    const uint8_t *start = segment, *end = segment + (length < PART ? length : PART);
    if (before == 1)
      while (start < end && start[-1] != '\n') start++;
    while (end < segment + length && end[-1] != '\n') end++;
    if (start < end) scan(w, start, end);
  }
}

static int by_name(const void *left, const void *right) {
  const station *a = *(station *const *)left, *b = *(station *const *)right;
  return strcmp((const char *)a->name, (const char *)b->name);
}

int main(int argc, char **argv) {
  int thread_count = argc > 2 ? atoi(argv[2]) : 2;
  fd = open(argv[1], O_RDONLY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return 1;
  size = status.st_size;
  memset(masks, 255, 16);
  struct timespec started, ended;
  clock_gettime(CLOCK_MONOTONIC, &started);
  worker *workers = calloc(thread_count, sizeof(worker));
  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; i++) pthread_create(&threads[i], NULL, work, &workers[i]);
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("%.6f\n", ended.tv_sec - started.tv_sec + (ended.tv_nsec - started.tv_nsec) / 1e9);
  worker *all = &workers[0];
  for (int i = 1; i < thread_count; i++)
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
      station *from = workers[i].slots[slot];
      if (from == NULL) continue;
      station *to = find(all, from->name, from->length, from->hash);
      to->count += from->count;
      to->sum += from->sum;
      if (from->min < to->min) to->min = from->min;
      if (from->max > to->max) to->max = from->max;
    }
  station **sorted = calloc(SLOTS, sizeof(station *));
  size_t stations = 0;
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    if (all->slots[slot] != NULL) sorted[stations++] = all->slots[slot];
  qsort(sorted, stations, sizeof(station *), by_name);
  for (size_t i = 0; i < stations; i++) {
    station *s = sorted[i];
    double mean = floor((double)s->sum / s->count + 0.5) / 10;
    printf("%s;%.1f;%.1f;%.1f\n", s->name, s->min / 10.0, mean, s->max / 10.0);
  }
  return 0;
}
