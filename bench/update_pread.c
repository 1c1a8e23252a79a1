/*
 * A rival of bench/update.ts: adds 1 to a u32 of every record; reads 512 KiB, changes them, writes them.
 *
 *     update_pread FILE THREADS STRIDE
 *
 * The u32 is the second of each STRIDE bytes, a divisor of 512 KiB. Prints the seconds from before the threads
 * start until they have ended.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SEGMENT (512 * 1024)

static int fd;
static size_t stride;
static off_t file_bytes;
static atomic_size_t next;

static void *add(void *argument) {
  char *bytes = aligned_alloc(4096, SEGMENT);
  for (;;) {
    off_t offset = (off_t)atomic_fetch_add(&next, 1) * SEGMENT;
    if (offset >= file_bytes) break;
    ssize_t count = pread(fd, bytes, SEGMENT, offset);
    for (ssize_t i = 4; i < count; i += stride) ++*(uint32_t *)(bytes + i);
    if (pwrite(fd, bytes, count, offset) != count) exit(1);
  }
  free(bytes);
  return argument;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  int threads = argc > 2 ? atoi(argv[2]) : 2;
  stride = argc > 3 ? atoi(argv[3]) : 32;
  fd = open(argv[1], O_RDWR);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return 1;
  file_bytes = status.st_size;
  double started = now();
  pthread_t ids[threads];
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, add, NULL);
  for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  printf("%.6f\n", now() - started);
}
