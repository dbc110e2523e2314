/* Policies applied to components: bans of technologies, subsidies, and what capacity counts of the reserve margin. */
#include "inputs/planning_impl.h"

#include <math.h>
#include <string.h>

/* Whether what a rule names is there, and how many assets match both its names. */
static PetscErrorCode CheckRule(const Apply *a, const char *what, const PlanningRule *rule, PetscBool *sound)
{
  PetscBool technology, region;
  PetscInt  n = 0;

  PetscFunctionBeginUser;
  PetscCall(ApplyCheckTechnology(a, what, rule->technology, rule->technology_line, &technology));
  PetscCall(ApplyCheckRegion(a, what, rule->region, rule->region_line, &region));
  *sound = technology && region ? PETSC_TRUE : PETSC_FALSE;
  for (int k = 0; k < PLANNING_ASSETS && *sound; k++)
    for (PetscInt row = 0; row < a->c->table[planning_asset[k].kind].n; row++)
      n += ApplyMatches(a, &planning_asset[k], row, rule->technology, rule->region);
  if (!*sound || n) PetscFunctionReturn(0);
  *sound = PETSC_FALSE;
  PetscCall(ApplyFault(a, rule->line,
                       "%s: found no asset of the technology '%.60s' in the region '%.60s', expected at least one",
                       what, rule->technology, rule->region));
  PetscFunctionReturn(0);
}

/* Nothing beyond what exists: the capacity's maximum falls to what stands there already or must be built. */
static PetscErrorCode BanGrowth(const Apply *a, const PlanningAsset *asset, PetscInt row)
{
  char      nominal[3][32];
  PetscReal exists, must, may;

  PetscFunctionBeginUser;
  snprintf(nominal[0], sizeof nominal[0], "%s_extendable", asset->nominal);
  if (!ColumnReal(ComponentsColumn(a->c, asset->kind, nominal[0]), row)) PetscFunctionReturn(0);
  snprintf(nominal[1], sizeof nominal[1], "%s_min", asset->nominal);
  snprintf(nominal[2], sizeof nominal[2], "%s_max", asset->nominal);
  exists = ColumnReal(ComponentsColumn(a->c, asset->kind, asset->nominal), row);
  must   = ColumnReal(ComponentsColumn(a->c, asset->kind, nominal[1]), row);
  may    = ColumnReal(ComponentsColumn(a->c, asset->kind, nominal[2]), row);
  PetscCall(ComponentsSetReal(a->c, asset->kind, nominal[2], row, PetscMin(may, PetscMax(exists, must))));
  PetscFunctionReturn(0);
}

/* Limits of operation, per unit of capacity, are 0 from a year on. */
static PetscErrorCode BanUse(const Apply *a, const PlanningAsset *asset, PetscInt row, PetscInt from)
{
  const char     letter = asset->nominal[0];
  const PetscInt n      = ComponentsPeriods(a->c);
  PetscReal     *factor;
  char           limit[16];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &factor));
  for (PetscInt p = 0; p < n; p++) factor[p] = ApplyYear(a, p) >= from ? 0 : 1;
  for (int upper = 0; upper < 2; upper++) {
    if (asset->kind == COMPONENT_LINE && !upper) continue; /* a line's limit holds both ways */
    snprintf(limit, sizeof limit, "%c_%s_pu", letter, upper ? "max" : "min");
    PetscCall(ApplyScale(a, asset->kind, limit, row, factor));
  }
  PetscCall(PetscFree(factor));
  PetscFunctionReturn(0);
}

static PetscErrorCode Ban(const Apply *a, const PlanningRule *rule)
{
  PetscBool sound, year = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(CheckRule(a, "bans", rule, &sound));
  if (rule->from && (!a->n_years || rule->from > a->year[a->n_years - 1]))
    PetscCall(ApplyCheckPeriod(a, "bans", rule->from, rule->from_line, &year));
  for (int k = 0; k < PLANNING_ASSETS && sound && year; k++) {
    const PlanningAsset *asset = &planning_asset[k];
    for (PetscInt row = 0; row < a->c->table[asset->kind].n; row++) {
      const Column *build = ComponentsColumn(a->c, asset->kind, "build_year");
      if (!ApplyMatches(a, asset, row, rule->technology, rule->region)) continue;
      if (!rule->from || ColumnReal(build, row) >= rule->from) PetscCall(BanGrowth(a, asset, row));
      if (rule->use) PetscCall(BanUse(a, asset, row, rule->from));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Subsidise(const Apply *a, const PlanningRule *rule)
{
  PetscBool sound;
  PetscInt  paid = 0;

  PetscFunctionBeginUser;
  PetscCall(CheckRule(a, "subsidies", rule, &sound));
  for (int k = 0; k < PLANNING_ASSETS && sound; k++) {
    const PlanningAsset *asset = &planning_asset[k];
    const PetscBool      flows =
        asset->kind == COMPONENT_GENERATOR || asset->kind == COMPONENT_LINK ? PETSC_TRUE : PETSC_FALSE;
    for (PetscInt row = 0; row < a->c->table[asset->kind].n; row++) {
      if (!ApplyMatches(a, asset, row, rule->technology, rule->region)) continue;
      if (rule->share != 0) PetscCall(ComponentsSetReal(a->c, asset->kind, "subsidy", row, rule->share));
      if (rule->per_mwh == 0 || !flows) continue;
      PetscCall(ComponentsSetReal(a->c, asset->kind, "subsidy_per_mwh", row, rule->per_mwh));
      paid++;
    }
  }
  if (sound && rule->per_mwh != 0 && !paid)
    PetscCall(ApplyFault(a, rule->line,
                         "subsidies: found per_mwh for '%.60s', which no generator or link has, expected 'share'",
                         rule->technology));
  PetscFunctionReturn(0);
}

static PetscErrorCode Credit(const Apply *a, const PlanningRule *rule)
{
  PetscBool sound;

  PetscFunctionBeginUser;
  PetscCall(CheckRule(a, "credit", rule, &sound));
  for (int k = 0; k < PLANNING_ASSETS && sound; k++) {
    const PlanningAsset *asset = &planning_asset[k];
    for (PetscInt row = 0; row < a->c->table[asset->kind].n; row++)
      if (ApplyMatches(a, asset, row, rule->technology, NULL))
        PetscCall(ComponentsSetReal(a->c, asset->kind, "capacity_credit", row, rule->share));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyAssets(const Apply *a)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < a->p->bans.n; k++) PetscCall(Ban(a, &a->p->bans.rule[k]));
  for (PetscInt k = 0; k < a->p->subsidies.n; k++) PetscCall(Subsidise(a, &a->p->subsidies.rule[k]));
  for (PetscInt k = 0; k < a->p->credit.n; k++) PetscCall(Credit(a, &a->p->credit.rule[k]));
  PetscFunctionReturn(0);
}
