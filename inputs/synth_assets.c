/* What stands in a generated region: loads, units, batteries.

   Figures: efficiencies of 0.41 (gas engine) and 0.35 (diesel engine), costs of operation of 6 and 8 EUR/MWh after the Danish
   Energy Agency's technology catalogues; fuels at 28 (gas), 44 (oil) and 78 EUR/MWh (biogas) are assumptions, as in
   inputs/cases/islands-2050. Marginal costs rise by a sixth up to full output, and differ by up to 15 % between regions. */
#include "inputs/synth_impl.h"

/* 60 % of buses are homes, 30 % shops and offices, the rest works. */
static SynthClass DrawClass(const SynthOptions *options, PetscInt region, PetscInt bus)
{
  const PetscReal u = SynthUniform(options->seed, DRAW_CLASS, region, bus);

  return u < 0.6 ? CLASS_HOUSEHOLD : u < 0.9 ? CLASS_COMMERCIAL : CLASS_INDUSTRY;
}

static void MakeLoad(const SynthOptions *options, SynthRegion *r, PetscInt k, PetscReal scale)
{
  SynthBus *bus = &r->bus[k];

  bus->load    = DrawClass(options, r->index, k);
  bus->peak_mw = scale * SynthBetween(options->seed, DRAW_DEMAND, r->index, 2 * k, 0.3, 0.7);
  if (SynthUniform(options->seed, DRAW_DEMAND, r->index, 2 * k + 1) < 0.6)
    bus->solar_mw = bus->peak_mw * SynthBetween(options->seed, DRAW_UNIT, r->index, 10 * k, 0.4, 1.2);
  r->station[bus->substation].peak_mw += bus->peak_mw;
}

static void MakeStation(const SynthOptions *options, const SynthRegion *r, PetscInt s)
{
  static const PetscReal cost[] = {28 / 0.41 + 6, 78 / 0.41 + 6, 44 / 0.35 + 8};
  SynthStation          *at     = &r->station[s];
  const PetscReal        u      = SynthUniform(options->seed, DRAW_UNIT, r->index, 10 * s + 1);
  const PetscReal        region = SynthBetween(options->seed, DRAW_UNIT, r->index, -1, 0.85, 1.15);

  at->fuel    = u < 0.75 ? FUEL_GAS : u < 0.88 ? FUEL_BIOGAS : FUEL_DIESEL;
  at->firm_mw = 1.2 * at->peak_mw;
  at->cost    = region * cost[at->fuel] * SynthBetween(options->seed, DRAW_UNIT, r->index, 10 * s + 2, 0.97, 1.03);
  at->rise    = at->cost / 6;
  at->wind_mw = at->battery_mw = 0;
  if (s == 0 || SynthUniform(options->seed, DRAW_UNIT, r->index, 10 * s + 3) < 0.4)
    at->wind_mw = at->peak_mw * SynthBetween(options->seed, DRAW_UNIT, r->index, 10 * s + 4, 0.2, 0.8);
  if (s == 0 || SynthUniform(options->seed, DRAW_UNIT, r->index, 10 * s + 5) < 0.3) at->battery_mw = 0.25 * at->peak_mw;
}

void SynthRegionAssets(const SynthOptions *options, SynthRegion *r)
{
  for (PetscInt s = 0; s < r->n_stations; s++) r->station[s].peak_mw = 0;
  for (PetscInt k = r->n_stations; k < r->n_buses; k++) MakeLoad(options, r, k, 1);
  for (PetscInt s = 0; s < r->n_stations; s++)
    if (r->station[s].peak_mw == 0) MakeLoad(options, r, s, 3); /* nothing behind it: a load of its own */
  r->peak_mw = 0;
  for (PetscInt s = 0; s < r->n_stations; s++) {
    MakeStation(options, r, s);
    r->peak_mw += r->station[s].peak_mw;
  }
  r->heat_mw     = options->heat ? 0.5 * r->peak_mw : 0;
  r->hydrogen_mw = options->hydrogen ? 0.05 * r->peak_mw : 0;
}
