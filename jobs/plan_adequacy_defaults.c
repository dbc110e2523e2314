/* Unit sizes and outages by technology, for components that do not say. */
#include <ctype.h>
#include <string.h>

#include "jobs/plan_adequacy.h"

/* RTS-GMLC: table of generating units of the Reliability Test System of the Grid Modernization Laboratory Consortium (Barrows and
   others, IEEE Trans. Power Systems 35(1), 2020), columns PMax, MTTF, MTTR; its steam and hydro figures are those of the IEEE
   RTS of 1979 and 1996. The first row whose name stands in the carrier's name as a word, or that begins one, counts. */
#define GMLC "RTS-GMLC"
const SupplyDefault SupplyDefaults[] = {
    {"load shedding", SUPPLY_NONE, 0, 0, 0, "no supply"},
    {"load_shedding", SUPPLY_NONE, 0, 0, 0, "no supply"},
    {"load-shedding", SUPPLY_NONE, 0, 0, 0, "no supply"},
    {"unserved", SUPPLY_NONE, 0, 0, 0, "no supply"},
    {"lost load", SUPPLY_NONE, 0, 0, 0, "no supply"},
    {"csp", SUPPLY_UNITS, 200, 576, 24, GMLC ", CSP"},
    {"wind", SUPPLY_WEATHER, 0, 0, 0, GMLC ", WIND: none"},
    {"onwind", SUPPLY_WEATHER, 0, 0, 0, GMLC ", WIND: none"},
    {"offwind", SUPPLY_WEATHER, 0, 0, 0, GMLC ", WIND: none"},
    {"solar", SUPPLY_WEATHER, 0, 0, 0, GMLC ", PV: none"},
    {"pv", SUPPLY_WEATHER, 0, 0, 0, GMLC ", PV: none"},
    {"wave", SUPPLY_WEATHER, 0, 0, 0, "as wind"},
    {"tidal", SUPPLY_WEATHER, 0, 0, 0, "as wind"},
    {"hydro", SUPPLY_UNITS, 50, 1980, 20, GMLC ", HYDRO"},
    {"ror", SUPPLY_UNITS, 50, 1980, 20, GMLC ", ROR"},
    {"run of river", SUPPLY_UNITS, 50, 1980, 20, GMLC ", ROR"},
    {"reservoir", SUPPLY_UNITS, 50, 1980, 20, GMLC ", HYDRO"},
    {"nuclear", SUPPLY_UNITS, 400, 1100, 150, GMLC ", NUCLEAR"},
    {"lignite", SUPPLY_UNITS, 350, 1150, 100, GMLC ", STEAM coal 350 MW"},
    {"coal", SUPPLY_UNITS, 155, 960, 40, GMLC ", STEAM coal 155 MW"},
    {"hard coal", SUPPLY_UNITS, 155, 960, 40, GMLC ", STEAM coal 155 MW"},
    {"ccgt", SUPPLY_UNITS, 355, 967, 33, GMLC ", CC"},
    {"combined cycle", SUPPLY_UNITS, 355, 967, 33, GMLC ", CC"},
    {"engine", SUPPLY_UNITS, 10, 969, 31, GMLC ", CT gas, in units of an engine's size"},
    {"chp", SUPPLY_UNITS, 20, 969, 31, GMLC ", CT gas, in smaller units"},
    {"ocgt", SUPPLY_UNITS, 55, 969, 31, GMLC ", CT gas"},
    {"turbine", SUPPLY_UNITS, 55, 969, 31, GMLC ", CT gas"},
    {"gas", SUPPLY_UNITS, 55, 969, 31, GMLC ", CT gas"},
    {"diesel", SUPPLY_UNITS, 5, 450, 50, GMLC ", CT oil, in smaller units"},
    {"oil", SUPPLY_UNITS, 20, 450, 50, GMLC ", CT oil"},
    {"biogas", SUPPLY_UNITS, 10, 969, 31, GMLC ", CT gas, in units of an engine's size"},
    {"bio", SUPPLY_UNITS, 76, 1960, 40, GMLC ", STEAM coal 76 MW"},
    {"waste", SUPPLY_UNITS, 76, 1960, 40, GMLC ", STEAM coal 76 MW"},
    {"geothermal", SUPPLY_UNITS, 76, 1960, 40, GMLC ", STEAM coal 76 MW"},
    {"fuel cell", SUPPLY_UNITS, 10, 969, 31, "as gas engines"},
    {"", SUPPLY_UNITS, 55, 969, 31, "as gas turbines"},
};

/* Whether a word of `text` begins with `word`, in letters of any case. */
static PetscBool HasWord(const char *text, const char *word)
{
  const size_t length = strlen(word);

  for (const char *at = text; *at; at++) {
    size_t k = 0;
    if (at != text && isalnum((unsigned char)at[-1])) continue;
    while (k < length && at[k] && tolower((unsigned char)at[k]) == word[k]) k++;
    if (k == length) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

const SupplyDefault *SupplyDefaultOf(const char *carrier)
{
  const SupplyDefault *row = SupplyDefaults;

  while (row->name[0] && !HasWord(carrier, row->name)) row++;
  return row;
}
