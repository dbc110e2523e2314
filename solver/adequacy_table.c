/* The outage table of independent two-state units. */
#include "solver/adequacy.h"

struct _p_OutageTable {
  PetscInt   n; /* amounts 0, step, ..., (n - 1) step */
  PetscReal  step, total;
  PetscReal *above;  /* [n + 1] probability of amount k and more; */
  PetscReal *amount; /* [n + 1] their amounts times probabilities, MW */
};

static PetscReal ChooseStep(PetscInt n, const PetscReal *capacity, PetscReal total)
{
  static const PetscReal steps[] = {1, 0.1, 0.01, 0.001};

  for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
    PetscBool exact = (PetscBool)(total / steps[k] <= 131072);
    for (PetscInt i = 0; i < n && exact; i++) {
      const PetscReal amounts = capacity[i] / steps[k];
      exact = (PetscBool)(PetscAbsReal(amounts - PetscFloorReal(amounts + 0.5)) < 1e-9 * PetscMax(1, amounts));
    }
    if (exact) return steps[k];
  }
  return total > 0 ? total / 32768 : 1;
}

/* p becomes the distribution with one more unit, of `whole` amounts, or one more with probability `part`. */
static void Convolve(PetscReal *p, PetscInt *top, PetscInt whole, PetscReal part, PetscReal out)
{
  *top += whole + (part > 0);
  for (PetscInt k = *top; k >= 0; k--) {
    PetscReal sum = p[k] * (1 - out);
    if (k >= whole) sum += p[k - whole] * out * (1 - part);
    if (part > 0 && k >= whole + 1) sum += p[k - whole - 1] * out * part;
    p[k] = sum;
  }
}

PetscErrorCode OutageTableCreate(PetscInt n, const PetscReal *capacity, const PetscReal *unavailability, PetscReal step,
                                 OutageTable *table)
{
  OutageTable t;
  PetscReal  *p, total = 0;
  PetscInt    size = 1, top = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    PetscCheck(capacity[i] >= 0 && capacity[i] < PETSC_INFINITY && unavailability[i] >= 0 && unavailability[i] <= 1,
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "unit %" PetscInt_FMT " of the outage table has %g MW, out %g", i, capacity[i], unavailability[i]);
    total += capacity[i];
  }
  if (!(step > 0)) step = ChooseStep(n, capacity, total);
  for (PetscInt i = 0; i < n; i++) size += (PetscInt)(capacity[i] / step) + 2;
  PetscCall(PetscNew(&t));
  *table = t;
  PetscCall(PetscCalloc1(size, &p));
  PetscCall(PetscMalloc2(size + 1, &t->above, size + 1, &t->amount));
  p[0] = 1;
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal amounts = capacity[i] / step, near = PetscFloorReal(amounts + 0.5);
    const PetscBool exact = (PetscBool)(PetscAbsReal(amounts - near) < 1e-9 * PetscMax(1, amounts));
    const PetscReal whole = exact ? near : PetscFloorReal(amounts);
    Convolve(p, &top, (PetscInt)whole, exact ? 0 : amounts - whole, unavailability[i]);
  }
  t->n           = top + 1;
  t->step        = step;
  t->total       = total;
  t->above[t->n] = t->amount[t->n] = 0;
  for (PetscInt k = top; k >= 0; k--) {
    t->above[k]  = t->above[k + 1] + p[k];
    t->amount[k] = t->amount[k + 1] + p[k] * step * (PetscReal)k;
  }
  PetscCall(PetscFree(p));
  PetscFunctionReturn(0);
}

PetscErrorCode OutageTableDestroy(OutageTable *table)
{
  PetscFunctionBeginUser;
  if (!*table) PetscFunctionReturn(0);
  PetscCall(PetscFree2((*table)->above, (*table)->amount));
  PetscCall(PetscFree(*table));
  PetscFunctionReturn(0);
}

PetscReal OutageTableStep(OutageTable table)
{
  return table->step;
}

void OutageTableLack(OutageTable t, PetscReal load, PetscReal *probability, PetscReal *expectation)
{
  const PetscReal reserve = t->total - load;
  PetscInt        first   = 0; /* the least amount on outage at which something is lacking */

  if (reserve >= 0) {
    const PetscReal amounts = (reserve + 1e-6) / t->step;
    first                   = amounts >= (PetscReal)t->n ? t->n : (PetscInt)amounts + 1;
    first                   = PetscMin(first, t->n);
  }
  *probability = load > 0 ? t->above[first] : 0;
  *expectation = load > 0 ? PetscMax(0, t->amount[first] - reserve * t->above[first]) : 0;
}
