/* Which of a region's storages gives, and which takes. */
#include "solver/adequacy_impl.h"

/* What all give when each runs down to `hours` of its own discharge power, at most its limit; slope: of it in hours. */
static PetscReal GivenDownTo(PetscInt n, const PetscReal *stored, const PetscReal *power, const PetscReal *efficiency,
                             const PetscReal *limit, PetscReal hours, PetscReal *given)
{
  PetscReal total = 0;

  for (PetscInt i = 0; i < n; i++) {
    given[i] = PetscMin(limit[i], PetscMax(0, stored[i] * efficiency[i] - hours * power[i]));
    total += given[i];
  }
  return total;
}

void AdequacyDischarge(PetscInt n, const PetscReal *stored, const PetscReal *power, const PetscReal *efficiency,
                       const PetscReal *limit, PetscReal amount, PetscReal *given)
{
  PetscReal low = 0, high = 0, total = 0;

  for (PetscInt i = 0; i < n; i++) {
    total += limit[i];
    if (power[i] > 0) high = PetscMax(high, stored[i] * efficiency[i] / power[i]);
  }
  if (amount >= total || n == 1) {
    for (PetscInt i = 0; i < n; i++) given[i] = n == 1 ? PetscMin(amount, limit[i]) : limit[i];
    return;
  }
  /* What is given falls with the hours that are left afterwards: halved until it cannot be told apart. */
  for (PetscInt step = 0; step < 60 && high - low > 1e-12 * high; step++) {
    const PetscReal middle = 0.5 * (low + high);
    if (GivenDownTo(n, stored, power, efficiency, limit, middle, given) >= amount)
      low = middle;
    else
      high = middle;
  }
  total = GivenDownTo(n, stored, power, efficiency, limit, low, given);
  for (PetscInt i = 0; i < n && total > 0; i++) given[i] *= amount / total;
}

/* What all take until each could last for `hours` at its discharge power, at most its limit. */
static PetscReal TakenUpTo(PetscInt n, const AdequacyStorage *const *storage, const PetscReal *stored,
                           const PetscReal *limit, PetscReal hours, PetscReal *taken)
{
  PetscReal total = 0;

  for (PetscInt i = 0; i < n; i++) {
    const AdequacyStorage *s    = storage[i];
    const PetscReal        lack = hours * s->discharge / s->efficiency_discharge - stored[i];
    taken[i]                    = PetscMin(limit[i], PetscMax(0, lack / s->efficiency_charge));
    total += taken[i];
  }
  return total;
}

void AdequacyCharge(PetscInt n, const AdequacyStorage *const *storage, const PetscReal *stored, const PetscReal *limit,
                    PetscReal amount, PetscReal *taken)
{
  PetscReal low = 0, high = 0, total = 0;

  for (PetscInt i = 0; i < n; i++) {
    const AdequacyStorage *s    = storage[i];
    const PetscReal        full = stored[i] + limit[i] * s->efficiency_charge;
    total += limit[i];
    if (limit[i] > 0) high = PetscMax(high, full * s->efficiency_discharge / s->discharge);
  }
  if (amount >= total || n == 1) {
    for (PetscInt i = 0; i < n; i++) taken[i] = PetscMin(amount, limit[i]);
    return;
  }
  for (PetscInt step = 0; step < 60 && high - low > 1e-12 * high; step++) {
    const PetscReal middle = 0.5 * (low + high);
    if (TakenUpTo(n, storage, stored, limit, middle, taken) >= amount)
      high = middle;
    else
      low = middle;
  }
  total = TakenUpTo(n, storage, stored, limit, high, taken);
  for (PetscInt i = 0; i < n && total > 0; i++) taken[i] *= amount / total;
}
