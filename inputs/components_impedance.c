/* Electrical parameters of lines and transformers from their types and in per unit, as PyPSA's calculate_dependent_values. */
#include "inputs/components_impl.h"

#include <complex.h>
#include <math.h>
#include <string.h>

const StandardLineType *FindStandardLineType(const char *name)
{
  for (const StandardLineType *t = standard_line_types; t->name; t++)
    if (!strcmp(t->name, name)) return t;
  return NULL;
}

const StandardTransformerType *FindStandardTransformerType(const char *name)
{
  for (const StandardTransformerType *t = standard_transformer_types; t->name; t++)
    if (!strcmp(t->name, name)) return t;
  return NULL;
}

const char *NearestStandardType(const char *name, PetscBool line)
{
  const char *list[100];
  size_t      n = 0;
  for (const StandardLineType *t = standard_line_types; line && t->name; t++) list[n++] = t->name;
  for (const StandardTransformerType *t = standard_transformer_types; !line && t->name; t++) list[n++] = t->name;
  list[n] = NULL;
  return NearestWord(name, list);
}

/* PyPSA's own types come first: it skips a folder's types of the same name. */
static PetscBool FindLineType(Components c, const char *name, StandardLineType *type)
{
  const StandardLineType *standard = FindStandardLineType(name);
  const ComponentKind     kind     = COMPONENT_LINE_TYPE;
  PetscInt                row;
  if (standard) {
    *type = *standard;
    return PETSC_TRUE;
  }
  row = ComponentsFind(c, kind, name);
  if (row < 0) return PETSC_FALSE;
  type->f_nom        = ColumnReal(ComponentsColumn(c, kind, "f_nom"), row);
  type->r_per_length = ColumnReal(ComponentsColumn(c, kind, "r_per_length"), row);
  type->x_per_length = ColumnReal(ComponentsColumn(c, kind, "x_per_length"), row);
  type->c_per_length = ColumnReal(ComponentsColumn(c, kind, "c_per_length"), row);
  return PETSC_TRUE;
}

static PetscErrorCode SetLineFromType(Components c, PetscInt row, const StandardLineType *type)
{
  const PetscReal length   = ColumnReal(ComponentsColumn(c, COMPONENT_LINE, "length"), row);
  const PetscReal parallel = ColumnReal(ComponentsColumn(c, COMPONENT_LINE, "num_parallel"), row);
  PetscFunctionBegin;
  PetscCall(ComponentsSetReal(c, COMPONENT_LINE, "r", row, type->r_per_length * length / parallel));
  PetscCall(ComponentsSetReal(c, COMPONENT_LINE, "x", row, type->x_per_length * length / parallel));
  PetscCall(ComponentsSetReal(c, COMPONENT_LINE, "b", row,
                              2 * PETSC_PI * 1e-9 * type->f_nom * type->c_per_length * length * parallel));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetLine(Components c, PetscInt row)
{
  static const char *const from[] = {"x", "r", "g", "b"}, *const to[] = {"x_pu", "r_pu", "g_pu", "b_pu"};
  const ComponentKind kind = COMPONENT_LINE;
  const char         *type = ColumnText(ComponentsColumn(c, kind, "type"), row);
  PetscInt            bus  = ComponentsFind(c, COMPONENT_BUS, ColumnText(ComponentsColumn(c, kind, "bus0"), row));
  PetscReal           v    = bus < 0 ? 1 : ColumnReal(ComponentsColumn(c, COMPONENT_BUS, "v_nom"), bus);
  StandardLineType    found;

  PetscFunctionBegin;
  if (type[0] && FindLineType(c, type, &found)) PetscCall(SetLineFromType(c, row, &found));
  for (int k = 0; k < 4; k++) {
    const PetscReal value = ColumnReal(ComponentsColumn(c, kind, from[k]), row);
    PetscCall(ComponentsSetReal(c, kind, to[k], row, k < 2 ? value / (v * v) : value * (v * v)));
  }
  PetscCall(ComponentsSetReal(c, kind, "x_pu_eff", row, ColumnReal(ComponentsColumn(c, kind, "x_pu"), row)));
  PetscCall(ComponentsSetReal(c, kind, "r_pu_eff", row, ColumnReal(ComponentsColumn(c, kind, "r_pu"), row)));
  PetscFunctionReturn(0);
}

enum {
  F_NOM,
  S_NOM,
  V_NOM_0,
  V_NOM_1,
  VSC,
  VSCR,
  PFE,
  I0,
  PHASE_SHIFT,
  TAP_SIDE,
  TAP_NEUTRAL,
  TAP_MIN,
  TAP_MAX,
  TAP_STEP
};

static PetscBool FindTransformerType(Components c, const char *name, StandardTransformerType *type)
{
  const StandardTransformerType *standard = FindStandardTransformerType(name);
  PetscInt                       row;
  if (standard) {
    *type = *standard;
    return PETSC_TRUE;
  }
  row = ComponentsFind(c, COMPONENT_TRANSFORMER_TYPE, name);
  if (row < 0) return PETSC_FALSE;
  for (int k = 0; k < STANDARD_TRANSFORMER_COLUMNS; k++)
    type->value[k] = ColumnReal(ComponentsColumn(c, COMPONENT_TRANSFORMER_TYPE, standard_transformer_columns[k]), row);
  return PETSC_TRUE;
}

static PetscErrorCode SetTransformerFromType(Components c, PetscInt row, const StandardTransformerType *type)
{
  const ComponentKind kind     = COMPONENT_TRANSFORMER;
  const PetscReal    *v        = type->value;
  const PetscReal     parallel = ColumnReal(ComponentsColumn(c, kind, "num_parallel"), row);
  const PetscReal     tap      = ColumnReal(ComponentsColumn(c, kind, "tap_position"), row);
  const PetscReal     r = v[VSCR] / 100, x = sqrt(pow(v[VSC] / 100, 2) - r * r);
  const PetscReal     g = v[PFE] / (1000 * v[S_NOM]), b = -sqrt(PetscMax(0, pow(v[I0] / 100, 2) - g * g));

  PetscFunctionBegin;
  PetscCall(ComponentsSetReal(c, kind, "r", row, r / parallel));
  PetscCall(ComponentsSetReal(c, kind, "x", row, x / parallel));
  PetscCall(ComponentsSetReal(c, kind, "g", row, g * parallel));
  PetscCall(ComponentsSetReal(c, kind, "b", row, b * parallel));
  PetscCall(ComponentsSetReal(c, kind, "s_nom", row, v[S_NOM]));
  PetscCall(ComponentsSetReal(c, kind, "phase_shift", row, v[PHASE_SHIFT]));
  PetscCall(ComponentsSetReal(c, kind, "tap_side", row, v[TAP_SIDE]));
  PetscCall(ComponentsSetReal(c, kind, "tap_ratio", row, 1 + (tap - v[TAP_NEUTRAL]) * (v[TAP_STEP] / 100)));
  PetscFunctionReturn(0);
}

/* A T model (impedance halved around the shunt) as the pi model of the same behaviour (star to triangle). */
static void StarToTriangle(PetscReal pu[4])
{
  const double complex half = (pu[1] + pu[0] * I) / 2, shunt = 1 / (pu[2] + pu[3] * I);
  const double complex sum = half * half + 2 * half * shunt, series = sum / shunt, admittance = 2 / (sum / half);
  pu[0] = cimag(series), pu[1] = creal(series), pu[2] = creal(admittance), pu[3] = cimag(admittance);
}

static PetscErrorCode SetTransformer(Components c, PetscInt row)
{
  static const char *const from[] = {"x", "r", "g", "b"}, *const to[] = {"x_pu", "r_pu", "g_pu", "b_pu"};
  const ComponentKind     kind  = COMPONENT_TRANSFORMER;
  const char             *type  = ColumnText(ComponentsColumn(c, kind, "type"), row);
  const char             *model = ColumnText(ComponentsColumn(c, kind, "model"), row);
  PetscReal               s_nom, tap, pu[4];
  StandardTransformerType found;

  PetscFunctionBegin;
  if (type[0] && FindTransformerType(c, type, &found)) PetscCall(SetTransformerFromType(c, row, &found));
  s_nom = ColumnReal(ComponentsColumn(c, kind, "s_nom"), row);
  tap   = ColumnReal(ComponentsColumn(c, kind, "tap_ratio"), row);
  for (int k = 0; k < 4; k++) {
    const PetscReal value = ColumnReal(ComponentsColumn(c, kind, from[k]), row);
    pu[k]                 = k < 2 ? value / s_nom : value * s_nom;
  }
  PetscCall(ComponentsSetReal(c, kind, "x_pu_eff", row, pu[0] * tap));
  PetscCall(ComponentsSetReal(c, kind, "r_pu_eff", row, pu[1] * tap));
  if (!strcmp(model, "t") && (pu[2] != 0 || pu[3] != 0)) StarToTriangle(pu);
  for (int k = 0; k < 4; k++) PetscCall(ComponentsSetReal(c, kind, to[k], row, pu[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsImpedances(Components c)
{
  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < c->table[COMPONENT_LINE].n; row++) PetscCall(SetLine(c, row));
  for (PetscInt row = 0; row < c->table[COMPONENT_TRANSFORMER].n; row++) PetscCall(SetTransformer(c, row));
  PetscFunctionReturn(0);
}
