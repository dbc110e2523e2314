/* Random numbers of adequacy and the outages drawn with them. */
#include "solver/adequacy_impl.h"

/* The finalising function of SplitMix64. */
static uint64_t Mix(uint64_t z)
{
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

AdequacyStream AdequacyStreamOf(long long seed, const char *name, PetscInt year)
{
  uint64_t hash = 14695981039346656037u; /* FNV-1a */

  for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
  return (AdequacyStream){Mix(Mix(Mix((uint64_t)seed) ^ hash) + 0x9e3779b97f4a7c15u * ((uint64_t)year + 1))};
}

PetscReal AdequacyDraw(AdequacyStream *stream)
{
  stream->state += 0x9e3779b97f4a7c15u;
  return (PetscReal)((Mix(stream->state) >> 11) + 1) * 0x1p-53;
}

void AdequacyOutages(long long seed, const char *name, PetscInt year, PetscReal mttf, PetscReal mttr, PetscInt hours,
                     AdequacyDown down, void *context)
{
  AdequacyStream stream = AdequacyStreamOf(seed, name, year);
  PetscBool      up     = (PetscBool)(AdequacyDraw(&stream) * (mttf + mttr) > mttr);
  PetscReal      time   = 0;

  while (time < (PetscReal)hours) {
    const PetscReal end = time - (up ? mttf : mttr) * PetscLogReal(AdequacyDraw(&stream));
    if (!up) {
      const PetscInt first = (PetscInt)PetscCeilReal(time);
      const PetscInt last  = end < (PetscReal)hours ? (PetscInt)PetscCeilReal(end) : hours;
      if (first < last) down(context, first, last);
    }
    time = end;
    up   = (PetscBool)!up;
  }
}
