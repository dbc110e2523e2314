/* Random numbers of tests: SplitMix64 (Steele, Lea and Flood 2014), from a seed that each test fixes. */
#ifndef ARCHIPELAGO_TESTS_MARKET_RANDOM_H
#define ARCHIPELAGO_TESTS_MARKET_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t RandomNext(uint64_t *seed)
{
  uint64_t z = *seed += 0x9E3779B97F4A7C15u;
  z          = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z          = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/* 0 ... n - 1. */
static inline int64_t RandomBelow(uint64_t *seed, size_t n)
{
  return (int64_t)(RandomNext(seed) % n);
}

#endif
