/* h_t = a_t ⊙ h_{t-1} + b_t for one sequence, gates given: one pass in order against a two-pass scan over time on two threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long n, length;
static float *a, *b, *h, *product, *start;

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

struct stretch {
  long from, to;
};

static void in_order(struct stretch s) {
  const float *before = start;
  for (long t = s.from; t < s.to; t++) {
    const float *gate = a + t * n, *input = b + t * n;
    float *state = h + t * n;
    for (long j = 0; j < n; j++) state[j] = gate[j] * before[j] + input[j];
    before = state;
  }
}

/* From state 0, and the running products of the gates where an earlier state is still to be added. */
static void *local_scan(void *argument) {
  const struct stretch s = *(struct stretch *)argument;
  in_order(s);
  if (s.from == 0) return 0;
  for (long t = s.from; t < s.to; t++) {
    const float *gate = a + t * n, *before = product + (t - 1) * n;
    float *running = product + t * n;
    for (long j = 0; j < n; j++) running[j] = t == s.from ? gate[j] : gate[j] * before[j];
  }
  return 0;
}

static void *add_earlier(void *argument) {
  const struct stretch s = *(struct stretch *)argument;
  const float *earlier = h + (length / 2 - 1) * n;
  for (long t = s.from; t < s.to; t++) {
    const float *running = product + t * n;
    float *state = h + t * n;
    for (long j = 0; j < n; j++) state[j] += running[j] * earlier[j];
  }
  return 0;
}

static void on_two_threads(void *(*work)(void *), struct stretch first, struct stretch second) {
  pthread_t other;
  pthread_create(&other, 0, work, &second);
  work(&first);
  pthread_join(other, 0);
}

int main(void) {
  const long widths[] = {16, 64, 512, 2048}, lengths[] = {1000, 10000};
  for (int i = 0; i < 4; i++) {
    for (int k = 0; k < 2; k++) {
      n = widths[i];
      length = lengths[k];
      float **const arrays[] = {&a, &b, &h, &product};
      for (int q = 0; q < 4; q++) *arrays[q] = malloc(sizeof(float) * n * length);
      start = calloc(n, sizeof(float));
      for (long q = 0; q < n * length; q++) a[q] = 0.9f, b[q] = 0.1f, h[q] = product[q] = 0;
      double once = 1e9, scan = 1e9;
      const long half = length / 2, quarter = half + (length - half) / 2;
      for (int round = 0; round < 60; round++) {
        double before = milliseconds();
        in_order((struct stretch){0, length});
        double middle = milliseconds();
        if (middle - before < once) once = middle - before;
        on_two_threads(local_scan, (struct stretch){0, half}, (struct stretch){half, length});
        on_two_threads(add_earlier, (struct stretch){half, quarter}, (struct stretch){quarter, length});
        const double after = milliseconds();
        if (after - middle < scan) scan = after - middle;
      }
      printf("%5ld units, %5ld steps: in order %7.3f ms, scan %7.3f ms, %.2f times as fast\n", n, length, once, scan, once / scan);
      for (int q = 0; q < 4; q++) free(*arrays[q]);
      free(start);
    }
  }
}
