/*
 * A limit of bench/commands.ts: BLAKE3 with vectors of 128 bits, as WASM has them, eight chunks at a time as our kernel.
 *
 *     blake3_128 FILE THREADS
 *
 * FILE has 1, 2, 4 ... times 512 KiB. Prints the digest. No instruction of AVX2 or AVX-512 is used, which b3sum has: no
 * rotation, no more than 16 registers, no wider vector.
 */
#include <fcntl.h>
#include <immintrin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8, CV = 32, BLOCK_CHUNKS = 512, BLOCK = BLOCK_CHUNKS * 1024 };

typedef __m128i vec;
#define INLINE static inline __attribute__((always_inline))

static const uint32_t IV[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
static const uint8_t SCHEDULE[7][16] = {
  {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
  {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1}, {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
  {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4}, {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
  {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13}};

INLINE vec turn16(vec x) { return _mm_shuffle_epi8(x, _mm_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2)); }
INLINE vec turn8(vec x) { return _mm_shuffle_epi8(x, _mm_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1)); }
INLINE vec turn12(vec x) { return _mm_or_si128(_mm_srli_epi32(x, 12), _mm_slli_epi32(x, 20)); }
INLINE vec turn7(vec x) { return _mm_or_si128(_mm_srli_epi32(x, 7), _mm_slli_epi32(x, 25)); }

/* Four Gs: columns for by = 0, diagonals for 1. */
INLINE void mix(vec *v, const vec *m, const uint8_t *words, int by) {
  for (int i = 0; i < 4; i++) v[i] = _mm_add_epi32(_mm_add_epi32(v[i], m[words[2 * i]]), v[4 + ((i + by) & 3)]);
  for (int i = 0; i < 4; i++) v[12 + ((i + 3 * by) & 3)] = turn16(_mm_xor_si128(v[12 + ((i + 3 * by) & 3)], v[i]));
  for (int i = 0; i < 4; i++) v[8 + ((i + 2 * by) & 3)] = _mm_add_epi32(v[8 + ((i + 2 * by) & 3)], v[12 + ((i + 3 * by) & 3)]);
  for (int i = 0; i < 4; i++) v[4 + ((i + by) & 3)] = turn12(_mm_xor_si128(v[4 + ((i + by) & 3)], v[8 + ((i + 2 * by) & 3)]));
  for (int i = 0; i < 4; i++) v[i] = _mm_add_epi32(_mm_add_epi32(v[i], m[words[2 * i + 1]]), v[4 + ((i + by) & 3)]);
  for (int i = 0; i < 4; i++) v[12 + ((i + 3 * by) & 3)] = turn8(_mm_xor_si128(v[12 + ((i + 3 * by) & 3)], v[i]));
  for (int i = 0; i < 4; i++) v[8 + ((i + 2 * by) & 3)] = _mm_add_epi32(v[8 + ((i + 2 * by) & 3)], v[12 + ((i + 3 * by) & 3)]);
  for (int i = 0; i < 4; i++) v[4 + ((i + by) & 3)] = turn7(_mm_xor_si128(v[4 + ((i + by) & 3)], v[8 + ((i + 2 * by) & 3)]));
}

INLINE void transpose(vec *r) {
  vec ab = _mm_unpacklo_epi32(r[0], r[1]), AB = _mm_unpackhi_epi32(r[0], r[1]);
  vec cd = _mm_unpacklo_epi32(r[2], r[3]), CD = _mm_unpackhi_epi32(r[2], r[3]);
  r[0] = _mm_unpacklo_epi64(ab, cd);
  r[1] = _mm_unpackhi_epi64(ab, cd);
  r[2] = _mm_unpacklo_epi64(AB, CD);
  r[3] = _mm_unpackhi_epi64(AB, CD);
}

INLINE void load(vec *m, const uint8_t *in, size_t stride) {
  for (int q = 0; q < 4; q++) {
    for (int i = 0; i < 4; i++) m[4 * q + i] = _mm_loadu_si128((const vec *)(in + i * stride + 16 * q));
    transpose(m + 4 * q);
  }
}

INLINE void begin(vec *v, const vec *h, uint64_t counter, int step, uint32_t flags) {
  for (int i = 0; i < 8; i++) v[i] = h[i];
  for (int i = 0; i < 4; i++) v[8 + i] = _mm_set1_epi32(IV[i]);
  uint64_t c[4];
  for (int i = 0; i < 4; i++) c[i] = counter + (uint64_t)(i * step);
  v[12] = _mm_set_epi32(c[3], c[2], c[1], c[0]);
  v[13] = _mm_set_epi32(c[3] >> 32, c[2] >> 32, c[1] >> 32, c[0] >> 32);
  v[14] = _mm_set1_epi32(64);
  v[15] = _mm_set1_epi32(flags);
}

INLINE void store(uint8_t *out, vec *h) {
  transpose(h);
  transpose(h + 4);
  for (int i = 0; i < 4; i++) {
    _mm_storeu_si128((vec *)(out + CV * i), h[i]);
    _mm_storeu_si128((vec *)(out + CV * i + 16), h[4 + i]);
  }
}

/* Eight inputs of so many blocks: two fours in turns. */
INLINE void compress8(uint8_t *out, const uint8_t *in, size_t stride, int blocks, uint64_t counter, int step, uint32_t flags,
                      uint32_t first, uint32_t last) {
  vec h[8], g[8];
  for (int i = 0; i < 8; i++) h[i] = g[i] = _mm_set1_epi32(IV[i]);
  for (int b = 0; b < blocks; b++) {
    uint32_t all = flags | (b == 0 ? first : 0) | (b == blocks - 1 ? last : 0);
    vec m[16], n[16], v[16], w[16];
    load(m, in + 64 * b, stride);
    load(n, in + 4 * stride + 64 * b, stride);
    begin(v, h, counter, step, all);
    begin(w, g, counter + 4 * step, step, all);
#pragma GCC unroll 7
    for (int r = 0; r < 7; r++) {
      mix(v, m, SCHEDULE[r], 0);
      mix(w, n, SCHEDULE[r], 0);
      mix(v, m, SCHEDULE[r] + 8, 1);
      mix(w, n, SCHEDULE[r] + 8, 1);
    }
    for (int i = 0; i < 8; i++) h[i] = _mm_xor_si128(v[i], v[8 + i]), g[i] = _mm_xor_si128(w[i], w[8 + i]);
  }
  store(out, h);
  store(out + 4 * CV, g);
}

static __attribute__((noinline)) void chunks8(uint8_t *out, const uint8_t *in, uint64_t counter) {
  compress8(out, in, 1024, 16, counter, 1, 0, CHUNK_START, CHUNK_END);
}

static __attribute__((noinline)) void parents8(uint8_t *out, const uint8_t *in, uint32_t flags) {
  compress8(out, in, 64, 1, 0, 0, PARENT | flags, 0, 0);
}

/* Joins a power of two of chaining values, in place; room for eight is behind them. @param flags Of the last parent. */
static void join(uint8_t *cvs, size_t count, uint32_t flags) {
  for (; count > 1; count /= 2) {
    for (size_t i = 0; i < count / 2; i += 8) {
      uint8_t next[8 * CV];
      parents8(next, cvs + 2 * CV * i, count == 2 ? flags : 0);
      memcpy(cvs + CV * i, next, sizeof next);
    }
  }
}

static int fd;
static off_t file_bytes;
static atomic_size_t next_block;
static uint8_t *block_cvs;

static void *hash(void *argument) {
  uint8_t *bytes = aligned_alloc(4096, BLOCK);
  uint8_t cvs[(BLOCK_CHUNKS + 16) * CV];
  for (;;) {
    size_t block = atomic_fetch_add(&next_block, 1);
    if ((off_t)(block * BLOCK) >= file_bytes) break;
    if (pread(fd, bytes, BLOCK, block * BLOCK) != BLOCK) exit(1);
    for (size_t i = 0; i < BLOCK_CHUNKS; i += 8) chunks8(cvs + CV * i, bytes + 1024 * i, block * BLOCK_CHUNKS + i);
    join(cvs, BLOCK_CHUNKS, file_bytes == BLOCK ? ROOT : 0);
    memcpy(block_cvs + CV * block, cvs, CV);
  }
  free(bytes);
  return argument;
}

int main(int argc, char **argv) {
  int threads = argc > 2 ? atoi(argv[2]) : 2;
  struct stat status;
  fd = open(argv[1], O_RDONLY);
  if (fd < 0 || fstat(fd, &status) != 0) return 1;
  file_bytes = status.st_size;
  size_t blocks = file_bytes / BLOCK;
  if (file_bytes % BLOCK != 0 || blocks == 0 || (blocks & (blocks - 1)) != 0) return 2;
  block_cvs = calloc(blocks + 16, CV);
  pthread_t ids[threads];
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, hash, NULL);
  for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  join(block_cvs, blocks, ROOT);
  for (int i = 0; i < CV; i++) printf("%02x", block_cvs[i]);
  printf("\n");
}
