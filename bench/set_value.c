/*
 * The rival of bench/records_set.ts: multiplies a double of each 32-byte record, in C.
 *
 *     set_value map|pread FILE THREADS
 *
 * `map` changes a shared mapping of the file; `pread` reads 1 MiB at a time, changes it, and writes it back. Prints
 * the seconds from before the threads start until they have ended. Nothing waits for the disk.
 */
#define _GNU_SOURCE
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

#define BLOCK (1 << 20)

typedef struct {
  uint32_t id, kind;
  double value;
  uint64_t ts, padding;
} record;

typedef struct {
  int fd;
  record *mapped;
  off_t start, end;
} part;

static void change(record *records, size_t count) {
  for (size_t i = 0; i < count; i++) records[i].value *= 1.1;
}

static void *change_part(void *argument) {
  part *p = argument;
  if (p->mapped != NULL) {
    change(p->mapped + p->start / sizeof(record), (p->end - p->start) / sizeof(record));
    return NULL;
  }
  record *block = aligned_alloc(4096, BLOCK);
  for (off_t at = p->start; at < p->end; at += BLOCK) {
    size_t wanted = p->end - at < BLOCK ? p->end - at : BLOCK;
    if (pread(p->fd, block, wanted, at) != (ssize_t)wanted) exit(1);
    change(block, wanted / sizeof(record));
    if (pwrite(p->fd, block, wanted, at) != (ssize_t)wanted) exit(1);
  }
  free(block);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int thread_count = atoi(argv[3]);
  int fd = open(argv[2], O_RDWR);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return 1;
  struct timespec started, ended;
  clock_gettime(CLOCK_MONOTONIC, &started);
  record *mapped = NULL;
  if (strcmp(argv[1], "map") == 0) {
    mapped = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) return 1;
  }
  size_t count = status.st_size / sizeof(record);
  part parts[thread_count];
  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; i++) {
    parts[i] = (part){
      .fd = fd,
      .mapped = mapped,
      .start = count * i / thread_count * sizeof(record),
      .end = count * (i + 1) / thread_count * sizeof(record),
    };
    pthread_create(&threads[i], NULL, change_part, &parts[i]);
  }
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("%.6f\n", ended.tv_sec - started.tv_sec + (ended.tv_nsec - started.tv_nsec) / 1e9);
  return 0;
}
