/* Typical device data by technology, for studies that bring none. */
#include "dynamics/device_reading.h"

#include <ctype.h>
#include <string.h>

typedef enum { AS_MACHINE, AS_STRONG_SOURCE, AS_ADMITTANCE } DefaultKind;

/* H in s and x'd per unit on the unit's rating: the middle of the ranges in Kundur (1994), table 3.2 (thermal 3600 r/min
   2.5 to 6.0, thermal 1800 r/min 4.0 to 10.0, hydraulic 2.0 to 4.0) and table 4.2 (x'd thermal 0.15 to 0.40, hydraulic
   0.20 to 0.50). Nuclear units turn at 1800 r/min, small thermal units are lighter. */
typedef struct {
  DefaultKind kind;
  PetscReal   h_s, xd1;
  const char *names; /* words separated by blanks, lower case */
} TechnologyDefault;

static const TechnologyDefault technologies[] = {
    {AS_MACHINE, 6.0, 0.25, "nuclear uranium"},
    {AS_MACHINE, 4.0, 0.25, "coal lignite steam thermal"},
    {AS_MACHINE, 4.0, 0.25, "gas ng naturalgas ccgt ocgt cc ct chp hydrogen h2"},
    {AS_MACHINE, 4.0, 0.25, "oil diesel"},
    {AS_MACHINE, 3.0, 0.30, "hydro ror run_of_river reservoir phs pumped_hydro pumpedhydro"},
    {AS_MACHINE, 3.0, 0.25, "biomass biogas waste geothermal other synchronous_condenser sync_cond synccond"},
    {AS_MACHINE, 4.0, 0.25, "csp solar_thermal"},
    {AS_STRONG_SOURCE, 1000.0, 0.05, "grid main_grid import slack"},
    {AS_ADMITTANCE, 0.0, 0.25,
     "wind onwind offwind offwind-ac offwind-dc solar pv rtpv solar_pv solar-rooftop battery storage fuel_cell "
     "inverter "
     "load demand_response"},
};

static const TechnologyDefault unknown = {AS_MACHINE, 4.0, 0.25, ""};

static PetscBool HasWord(const char *words, const char *word)
{
  const size_t length = strlen(word);
  for (const char *at = words; length && (at = strstr(at, word)); ++at) {
    const PetscBool starts = (PetscBool)(at == words || at[-1] == ' ');
    if (starts && (at[length] == ' ' || at[length] == '\0')) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static const TechnologyDefault *FindWord(const char *word)
{
  for (PetscInt k = 0; k < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(technologies); ++k) {
    if (HasWord(technologies[k].names, word)) return &technologies[k];
  }
  return NULL;
}

static const TechnologyDefault *FindTechnology(const char *technology)
{
  char   word[64], *rest = NULL;
  size_t n = 0;
  for (; technology[n] && n + 1 < sizeof word; ++n) {
    word[n] = technology[n] == ' ' ? '_' : (char)tolower((unsigned char)technology[n]);
  }
  word[n] = '\0';
  const TechnologyDefault *found = FindWord(word);
  /* Longer names by their parts: "wind offshore", "hard coal", "gas engine". */
  for (char *part = strtok_r(word, "_-", &rest); part && !found; part = strtok_r(NULL, "_-", &rest)) {
    found = FindWord(part);
  }
  return found ? found : &unknown;
}

PetscReal DeviceTypicalInertia(const char *technology)
{
  const TechnologyDefault *found = FindTechnology(technology);
  return found->kind == AS_ADMITTANCE ? 0.0 : found->h_s;
}

/* MVA rating of a unit; 0 when nothing says. A source's mva_base counts only when it fits the unit's output, for many
   files write the system's base there. */
static PetscReal Rating(const GeneratorTable *gen, PetscInt g)
{
  const PetscReal base = gen->mva_base[g], p = gen->p_max_mw[g], q = gen->q_max_mvar[g];
  if (DeviceKnown(p)) return DeviceKnown(base) && p <= base && base <= 2.0 * p ? base : p / 0.9;
  return DeviceKnown(q) ? q : 0.0;
}

/* A known inertia stands on the source's mva_base; carried over to the rating it stores the same energy. */
static PetscReal Inertia(const GeneratorTable *gen, PetscInt g, PetscReal rating, PetscReal typical, PetscBool *known)
{
  const PetscReal h = gen->inertia_s[g], base = gen->mva_base[g];
  *known = DeviceKnown(h);
  if (!*known) return typical;
  return DeviceKnown(base) ? h * base / rating : h;
}

static PetscErrorCode AddDefault(DeviceTable table, Network net, PetscInt g)
{
  const TechnologyDefault *technology = FindTechnology(net->generator.technology[g]);
  const DeviceRecord      *relay      = DeviceTableFind(table, DEVICE_AT_GENERATOR, g, DEVICE_PROTECTION);
  const PetscReal          rating     = relay ? relay->mva_base : Rating(&net->generator, g);
  PetscBool                known;

  PetscFunctionBeginUser;
  /* An inertia that the network gives for a converter is one that it emulates. */
  if (!(rating > 0.0) || (technology->kind == AS_ADMITTANCE && !DeviceKnown(net->generator.inertia_s[g]))) {
    ++table->n_as_admittance;
    PetscFunctionReturn(0);
  }
  PetscReal parameter[GENCLS_PARAMETERS] = {[GENCLS_XD1] = technology->xd1};
  parameter[GENCLS_H]                    = Inertia(&net->generator, g, rating, technology->h_s, &known);
  if (technology->kind == AS_STRONG_SOURCE) parameter[GENCLS_H] = technology->h_s;
  PetscCall(DeviceTableAdd(table, DEVICE_AT_GENERATOR, g, &DeviceGencls, rating, parameter, 0));
  --table->n_given;
  ++table->n_default_machines;
  if (technology->kind == AS_STRONG_SOURCE)
    ++table->n_strong_sources;
  else if (!known)
    ++table->n_typical_inertia;
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableAddDefaults(DeviceTable table, Network net)
{
  PetscFunctionBeginUser;
  if (table->complete) PetscFunctionReturn(0);
  for (PetscInt g = 0; g < net->generator.n; ++g) {
    if (!net->generator.in_service[g] || DeviceTableFind(table, DEVICE_AT_GENERATOR, g, DEVICE_SOURCE)) continue;
    PetscCall(AddDefault(table, net, g));
  }
  PetscFunctionReturn(0);
}
