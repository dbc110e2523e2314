/* Costs and emissions of RTS-GMLC units from their heat rates. */
#include "inputs/rts_gmlc.h"

#include <math.h>

/* Points of the curve: Output_pct_0 to Output_pct_4. */
enum { POINTS_MAX = 5 };

typedef struct {
  PetscInt  n;
  PetscReal p_mw[POINTS_MAX + 1], heat[POINTS_MAX + 1]; /* MMBTU/h */
} HeatCurve;

static PetscErrorCode Cell(RtsGmlc *reader, Csv gen, PetscInt row, const char *name, PetscReal *value)
{
  PetscFunctionBegin;
  PetscCall(CsvReal(gen, reader->faults, row, CsvColumn(gen, name), CSV_EMPTY_ALLOWED | CSV_NAN_AS_DEFAULT, 0, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode NumberedCell(RtsGmlc *reader, Csv gen, PetscInt row, const char *name, PetscInt k,
                                   PetscReal *value)
{
  char text[32];
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(text, sizeof text, "%s_%" PetscInt_FMT, name, k));
  PetscCall(Cell(reader, gen, row, text, value));
  PetscFunctionReturn(0);
}

/* HR_avg_0 is the mean heat rate up to the first point, HR_incr_k that of the step to point k; all in BTU/kWh, which is
   kBTU/MWh, and outputs in fractions of the largest. A step of rate 0 has the mean rate (the nuclear unit: with no heat
   for its last four megawatts it would pay to run it always at full load). */
static PetscErrorCode ReadHeatCurve(RtsGmlc *reader, Csv gen, PetscInt row, PetscReal p_max, HeatCurve *curve)
{
  PetscReal mean, rate, fraction;
  PetscFunctionBegin;
  curve->n = 0;
  PetscCall(NumberedCell(reader, gen, row, "Output_pct", 0, &fraction));
  PetscCall(NumberedCell(reader, gen, row, "HR_avg", 0, &mean));
  if (!(fraction > 0) || !(p_max > 0)) PetscFunctionReturn(0);
  curve->p_mw[0] = fraction * p_max;
  curve->heat[0] = mean / 1000 * curve->p_mw[0];
  curve->n       = 1;
  for (PetscInt k = 1; k < POINTS_MAX; ++k) {
    PetscReal p;
    PetscCall(NumberedCell(reader, gen, row, "Output_pct", k, &fraction));
    PetscCall(NumberedCell(reader, gen, row, "HR_incr", k, &rate));
    if (rate == 0) rate = mean;
    p = fraction * p_max;
    if (p <= curve->p_mw[curve->n - 1]) break;
    curve->p_mw[curve->n] = p;
    curve->heat[curve->n] = curve->heat[curve->n - 1] + rate / 1000 * (p - curve->p_mw[curve->n - 1]);
    ++curve->n;
  }
  PetscFunctionReturn(0);
}

/* A curve starts at the unit's least output. Where a study lets units run below it (there is no unit commitment), the
   first step's slope goes on down to zero output: the curve stays convex and the marginal costs in the unit's range
   stay as they are; what is left at zero output is the unit's no-load cost. Only where that would be negative does the
   curve start at the origin, which is convex then. */
static void ExtendToZero(HeatCurve *curve)
{
  const PetscReal slope   = (curve->heat[1] - curve->heat[0]) / (curve->p_mw[1] - curve->p_mw[0]);
  const PetscReal no_load = PetscMax(curve->heat[0] - slope * curve->p_mw[0], 0);
  for (PetscInt k = curve->n; k > 0; --k) {
    curve->p_mw[k] = curve->p_mw[k - 1];
    curve->heat[k] = curve->heat[k - 1];
  }
  curve->p_mw[0] = 0;
  curve->heat[0] = no_load;
  ++curve->n;
}

PetscErrorCode RtsGmlcReadCost(RtsGmlc *reader, Csv gen, PetscInt row, PetscReal p_max, Cost *cost, PetscReal *emission,
                               PetscBool *convexified)
{
  HeatCurve curve;
  PetscReal price, vom, co2, point[2 * (POINTS_MAX + 1)], linear[2];

  PetscFunctionBegin;
  *convexified = PETSC_FALSE;
  *emission    = 0;
  PetscCall(Cell(reader, gen, row, "Fuel Price $/MMBTU", &price));
  PetscCall(Cell(reader, gen, row, "VOM", &vom));
  PetscCall(Cell(reader, gen, row, "Emissions CO2 Lbs/MMBTU", &co2));
  PetscCall(ReadHeatCurve(reader, gen, row, p_max, &curve));
  if (curve.n) *emission = co2 * 0.45359237e-3 * curve.heat[curve.n - 1] / curve.p_mw[curve.n - 1];
  if (curve.n < 2 || price == 0) {
    /* one heat rate, or none that costs anything */
    linear[0] = 0;
    linear[1] = vom + (curve.n ? price * curve.heat[0] / curve.p_mw[0] : 0);
    PetscCall(CostSet(cost, COST_POLYNOMIAL, linear[1] != 0 ? 2 : 1, linear));
    PetscFunctionReturn(0);
  }
  ExtendToZero(&curve);
  for (PetscInt k = 0; k < curve.n; ++k) {
    point[2 * k]     = curve.p_mw[k];
    point[2 * k + 1] = price * curve.heat[k] + vom * curve.p_mw[k];
  }
  PetscCall(CostSet(cost, COST_PIECEWISE_LINEAR, curve.n, point));
  *convexified = CostIsConvex(cost, 1e-6) ? PETSC_FALSE : PETSC_TRUE;
  PetscCall(CostConvexHull(cost, NULL));
  PetscFunctionReturn(0);
}
