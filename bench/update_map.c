/*
 * A rival of bench/update.ts: adds 1 to a u32 of every record, through a shared mapping of the file.
 *
 *     update_map FILE THREADS STRIDE
 *
 * The u32 is the second of each STRIDE bytes. Prints the seconds from before the threads start until they have ended.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  uint32_t *start, *end;
  size_t stride;
} part;

static void *add(void *argument) {
  part *p = argument;
  for (uint32_t *word = p->start + 1; word < p->end; word += p->stride) ++*word;
  return NULL;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  int threads = argc > 2 ? atoi(argv[2]) : 2;
  size_t stride = argc > 3 ? atoi(argv[3]) : 32;
  int fd = open(argv[1], O_RDWR);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return 1;
  double started = now();
  char *bytes = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED) return 1;
  pthread_t ids[threads];
  part parts[threads];
  size_t share = status.st_size / threads / stride * stride;
  for (int i = 0; i < threads; i++) {
    size_t end = i + 1 == threads ? (size_t)status.st_size : (i + 1) * share;
    parts[i] = (part){(uint32_t *)(bytes + i * share), (uint32_t *)(bytes + end), stride / 4};
    pthread_create(&ids[i], NULL, add, &parts[i]);
  }
  for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  printf("%.6f\n", now() - started);
}
