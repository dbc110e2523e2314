/* A fingerprint of numbers (FNV-1a over their bytes), by which a solve tells whether a state that was kept is of its own problem. */
#ifndef ARCHIPELAGO_SOLVER_FINGERPRINT_H
#define ARCHIPELAGO_SOLVER_FINGERPRINT_H

#include <petscsys.h>

#include <stdint.h>

static const uint64_t fingerprint_start = 14695981039346656037u;

static inline uint64_t FingerprintBytes(uint64_t hash, const void *data, size_t size)
{
  const unsigned char *byte = (const unsigned char *)data;

  for (size_t k = 0; k < size; k++) hash = (hash ^ byte[k]) * 1099511628211u;
  return hash;
}

static inline uint64_t FingerprintReals(uint64_t hash, PetscInt n, const PetscReal *value)
{
  return FingerprintBytes(hash, value, (size_t)n * sizeof *value);
}

static inline uint64_t FingerprintIntegers(uint64_t hash, PetscInt n, const PetscInt *value)
{
  return FingerprintBytes(hash, value, (size_t)n * sizeof *value);
}

/* As the two integers of a checkpoint. */
static inline void FingerprintSplit(uint64_t hash, PetscInt two[2])
{
  two[0] = (PetscInt)(hash & 0x7fffffffu);
  two[1] = (PetscInt)((hash >> 32) & 0x7fffffffu);
}

#endif
