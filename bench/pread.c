/*
 * What two threads of C reach: the yardstick of the engine's modes, and the limit of the machine.
 *
 *     pread read|count|map|fresh FILE SEGMENT_BYTES THREADS
 *
 * Threads claim segments with an atomic add and pread each into a buffer of their own, as the
 * engine's workers do. `read` does nothing else; `count` counts newlines in the buffer; `map` maps
 * the segment over the buffer instead, and counts them; `fresh` reads the whole file into new memory
 * with huge pages advised, which is what `preload` has to do.
 *
 * Prints the seconds from before the threads are made until they have ended, and the newlines (for
 * `count` and `map`) or the bytes (otherwise).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

static const char *path;
static size_t byte_length, segment_bytes;
static int counts_newlines, maps;
static uint8_t *memory; /* holds the whole file in `fresh`, otherwise null */
static atomic_size_t next_segment, total;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *allocate(size_t bytes) {
  void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) fail("mmap");
  return address;
}

static uint64_t count_newlines(const uint8_t *bytes, size_t length) {
  uint64_t count = 0;
  size_t at = 0;
#ifdef __AVX2__
  const __m256i newline = _mm256_set1_epi8('\n'), zero = _mm256_setzero_si256();
  while (length - at >= 64) {
    /* A lane holds up to 255 before it is added up. */
    size_t steps = (length - at) / 64 < 255 ? (length - at) / 64 : 255;
    __m256i even = zero, odd = zero;
    for (size_t i = 0; i < steps; i++, at += 64) {
      const __m256i *block = (const __m256i *)(bytes + at);
      even = _mm256_sub_epi8(even, _mm256_cmpeq_epi8(_mm256_loadu_si256(block), newline));
      odd = _mm256_sub_epi8(odd, _mm256_cmpeq_epi8(_mm256_loadu_si256(block + 1), newline));
    }
    __m256i sums = _mm256_add_epi64(_mm256_sad_epu8(even, zero), _mm256_sad_epu8(odd, zero));
    count += _mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) +
             _mm256_extract_epi64(sums, 2) + _mm256_extract_epi64(sums, 3);
  }
#endif
  for (; at < length; at++) count += bytes[at] == '\n';
  return count;
}

static void read_segment(int fd, uint8_t *target, size_t start, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t count = pread(fd, target + done, length - done, start + done);
    if (count <= 0) fail("pread");
    done += count;
  }
}

static void map_segment(int fd, uint8_t *target, size_t start, size_t length) {
  int flags = MAP_PRIVATE | MAP_FIXED;
  if (mmap(target, length, PROT_READ, flags, fd, start) == MAP_FAILED) fail("mmap");
#ifdef MADV_POPULATE_READ
  madvise(target, length, MADV_POPULATE_READ);
#endif
}

static void *work(void *unused) {
  (void)unused;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path);
  uint8_t *slot = memory ? NULL : allocate(segment_bytes);
  uint64_t sum = 0;
  for (;;) {
    size_t start = atomic_fetch_add(&next_segment, 1) * segment_bytes;
    if (start >= byte_length) break;
    size_t left = byte_length - start, length = left < segment_bytes ? left : segment_bytes;
    uint8_t *target = memory ? memory + start : slot;
    (maps ? map_segment : read_segment)(fd, target, start, length);
    sum += counts_newlines ? count_newlines(target, length) : length;
  }
  atomic_fetch_add(&total, sum);
  close(fd);
  return NULL;
}

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 5) return fputs("pread read|count|map|fresh FILE SEGMENT_BYTES THREADS\n", stderr), 2;
  path = argv[2];
  segment_bytes = strtoull(argv[3], NULL, 10);
  int thread_count = atoi(argv[4]);
  if (segment_bytes == 0 || thread_count < 1 || thread_count > 64) return 2;
  struct stat status;
  if (stat(path, &status) != 0) fail(path);
  byte_length = status.st_size;
  maps = strcmp(argv[1], "map") == 0;
  counts_newlines = maps || strcmp(argv[1], "count") == 0;

  double started = seconds();
  if (strcmp(argv[1], "fresh") == 0) {
    memory = allocate(byte_length);
    madvise(memory, byte_length, MADV_HUGEPAGE);
  }
  pthread_t threads[64];
  for (int i = 0; i < thread_count; i++) {
    if (pthread_create(&threads[i], NULL, work, NULL) != 0) fail("pthread_create");
  }
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  printf("%.6f %zu\n", seconds() - started, (size_t)total);
  return 0;
}
