/*
 * What threads of C reach on a file that is not in the page cache, and whether advice helps.
 *
 *     cold drop FILE
 *     cold plain|sequential|willneed FILE THREADS
 *
 * `drop` lets the kernel forget the file. The others do so too, and then count its newlines: threads claim 16 segments of
 * 1 MiB at a time, as the engine's workers do, and pread each into a buffer of their own. `sequential` advises that of
 * each descriptor (POSIX_FADV_SEQUENTIAL); `willneed` asks for the segment eight further on before it reads one
 * (POSIX_FADV_WILLNEED), which is what a second slot for each thread would do.
 *
 * Prints the seconds from before the threads are made until they have ended, and the newlines.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SEGMENT_BYTES = 1 << 20, CLAIM_SEGMENTS = 16, AHEAD_SEGMENTS = 8, THREADS_MAX = 64 };

static const char *mode, *path;
static size_t byte_length;
static atomic_size_t next_segment, total;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_file(void) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("open");
  return fd;
}

static size_t count_segment(int fd, char *buffer, size_t segment) {
  size_t start = segment * SEGMENT_BYTES, count = 0;
  ssize_t length = pread(fd, buffer, SEGMENT_BYTES, start);
  if (length < 0) fail("pread");
  for (ssize_t i = 0; i < length; i++) count += buffer[i] == '\n';
  return count;
}

static void *work(void *unused) {
  (void)unused;
  int fd = open_file();
  char *buffer = aligned_alloc(4096, SEGMENT_BYTES);
  size_t segments = (byte_length + SEGMENT_BYTES - 1) / SEGMENT_BYTES, count = 0;
  if (strcmp(mode, "sequential") == 0) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  int asks = strcmp(mode, "willneed") == 0;
  for (size_t first; (first = atomic_fetch_add(&next_segment, CLAIM_SEGMENTS)) < segments;) {
    for (size_t i = first; i < first + CLAIM_SEGMENTS && i < segments; i++) {
      size_t ahead = (i + AHEAD_SEGMENTS) * SEGMENT_BYTES;
      if (asks) posix_fadvise(fd, ahead, SEGMENT_BYTES, POSIX_FADV_WILLNEED);
      count += count_segment(fd, buffer, i);
    }
  }
  atomic_fetch_add(&total, count);
  close(fd);
  free(buffer);
  return NULL;
}

static void drop(void) {
  int fd = open_file();
  struct stat status;
  if (fstat(fd, &status) != 0) fail("fstat");
  byte_length = status.st_size;
  /* Pages that are not on the disk yet stay. */
  fdatasync(fd);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  mode = argv[1];
  path = argv[2];
  drop();
  if (argc < 4) return 0;
  pthread_t threads[THREADS_MAX];
  int count = atoi(argv[3]);
  if (count < 1 || count > THREADS_MAX) return 2;
  double start = now();
  for (int i = 0; i < count; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  printf("%.6f %zu\n", now() - start, (size_t)total);
}
