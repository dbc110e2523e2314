/* The OPF model: a cap on the emissions of all hours together. c(t) counts them up to the end of hour t, so that no row
   touches more than two hours:

     c(t) - c(t-1) - h sum of emission_t_per_mwh * p = 0,   c(T) <= cap

   in tonnes over base MVA. Where a network is solved in regions, each counts its own, and the last row is their sum. */
#include "solver/opf_model_impl.h"

PetscErrorCode ModelBuildEmission(OpfModel m, PetscInt t)
{
  const PetscReal *emission = m->net->generator.emission_t_per_mwh;
  PetscInt         c, row;
  PetscReal        start = 0;

  PetscFunctionBeginUser;
  if (!m->options.capped) PetscFunctionReturn(0);
  c   = ModelVariable(m, OPF_EMITTED, 0, t);
  row = ModelRow(m, ROW_EMISSION, 0, t);
  ModelSetVariable(m, c, -PETSC_INFINITY, PETSC_INFINITY);
  ModelSetRow(m, row, 0, 0);
  PetscCall(ModelAddLinear(m, row, c, 1));
  if (t > 0) PetscCall(ModelAddLinear(m, row, ModelVariable(m, OPF_EMITTED, 0, t - 1), -1));
  if (t > 0) start = m->program->x0[ModelVariable(m, OPF_EMITTED, 0, t - 1)];
  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt  p    = ModelVariable(m, OPF_PG, k, t);
    const PetscReal each = m->step * emission[m->generator.row[k]];
    if (each == 0) continue;
    PetscCall(ModelAddLinear(m, row, p, -each));
    start += each * m->program->x0[p];
  }
  m->program->x0[c] = start;
  if (t + 1 < m->hours) PetscFunctionReturn(0);
  PetscCall(ModelAddLinear(m, ModelCapRow(m), c, 1));
  ModelSetRow(m, ModelCapRow(m), -PETSC_INFINITY, m->options.cap_elsewhere ? 0 : m->options.emission_cap_t / m->base);
  PetscFunctionReturn(0);
}

PetscInt OpfModelCapRow(OpfModel m)
{
  return m->options.capped ? ModelCapRow(m) : -1;
}

PetscReal OpfModelCapPrice(OpfModel m, const PetscReal *lambda)
{
  return m->options.capped ? PetscMax(0, lambda[ModelCapRow(m)]) / m->base + 0.0 : 0;
}
