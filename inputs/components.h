/* Components: a PyPSA CSV folder as it stands, whole: every table with its columns, series, snapshots and investment
   periods. It is what planning reads, changes (policies), fills with results and writes back; the network of AC dispatch
   (network.h) is read from the same folder. A *plan* is nothing but components whose output columns are filled.

   Attributes have the names, units, defaults and meaning that PyPSA documents; component_schema.c lists them. Columns that
   the schema does not know are kept and written back. Rows keep the order of the file. Powers in MW, energies in MWh, times
   in hours. Everything is the same on every rank. */
#ifndef ARCHIPELAGO_INPUTS_COMPONENTS_H
#define ARCHIPELAGO_INPUTS_COMPONENTS_H

#include "inputs/fault.h"
#include "inputs/words.h"

typedef enum {
  COMPONENT_BUS,
  COMPONENT_CARRIER,
  COMPONENT_GENERATOR,
  COMPONENT_LOAD,
  COMPONENT_LINK,
  COMPONENT_STORE,
  COMPONENT_STORAGE_UNIT,
  COMPONENT_LINE,
  COMPONENT_TRANSFORMER,
  COMPONENT_LINE_TYPE,
  COMPONENT_TRANSFORMER_TYPE,
  COMPONENT_SHUNT_IMPEDANCE,
  COMPONENT_GLOBAL_CONSTRAINT,
  COMPONENT_RESERVE, /* of our own: reserves.csv, as the network has it */
  COMPONENT_KINDS
} ComponentKind;

typedef enum { ATTRIBUTE_REAL, ATTRIBUTE_INTEGER, ATTRIBUTE_BOOLEAN, ATTRIBUTE_TEXT } AttributeType;

/* What the planning model makes of an attribute. */
typedef enum {
  ATTRIBUTE_READ,    /* it reads it */
  ATTRIBUTE_PASSIVE, /* of no influence on it, as on PyPSA's optimisation */
  ATTRIBUTE_REFUSED  /* it would mean something that the model does not have */
} AttributeUse;

/* Which numbers an attribute may have. */
typedef enum {
  RANGE_FINITE,      /* any finite one */
  RANGE_POSITIVE,    /* finite, not negative */
  RANGE_LIMIT,       /* not negative, infinite too */
  RANGE_SIGNED_LIMIT /* any, infinite too */
} AttributeRange;

/* One documented attribute of one kind of component. */
typedef struct {
  const char    *name;
  AttributeType  type;
  PetscBool      varying;  /* may come as a series */
  PetscBool      output;   /* filled by a solve */
  PetscReal      standard; /* default of numbers and truth values; NAN and -/+INFINITY occur */
  const char    *standard_text;
  const char    *unit;
  AttributeUse   use;
  AttributeRange range;
  PetscBool      ours; /* not an attribute of PyPSA */
} Attribute;

/* A column of a table. Truth values and whole numbers are kept as reals. A column that the schema does not know is a text,
   and has numbers besides where every filled cell is one (NAN: empty). */
typedef struct {
  char            *name;
  AttributeType    type;
  const Attribute *attribute; /* NULL: a column that the schema does not know */
  PetscInt         n;         /* rows of the table */
  PetscReal       *real;      /* [n] where the type is a number, and as said above; else NULL */
  char           **text;      /* [n] where it is a text, never NULL there; else NULL */
  PetscReal      **series;    /* [n], each NULL or [n_snapshots]; NULL: no row varies */
  PetscBool       *given; /* [n] the file says something else than nothing; NULL: column is the default throughout */
} Column;

typedef struct {
  PetscInt  n;
  char    **name; /* [n] unique */
  PetscInt *line; /* [n] of its file; 0: not from a file */
  PetscInt  n_columns;
  Column  **column;
  PetscInt  n_standard; /* columns made for those who asked for an attribute that the table does not have */
  Column  **standard;
  PetscInt  capacity; /* rows that the arrays have room for */
  NameIndex index;    /* of the first `indexed` names */
  PetscInt  indexed;
} ComponentTable;

typedef struct _s_Components {
  char          *name;    /* of the network */
  char          *path;    /* of the folder, without a final slash */
  PetscInt       n_facts; /* other columns of network.csv, such as srid; results may be added ("_objective") */
  char         **fact_name, **fact_value;
  ComponentTable table[COMPONENT_KINDS];

  PetscInt   n_snapshots; /* in all, period after period */
  char     **snapshot;    /* [n_snapshots] as in the file: "2030-01-01 00:00:00", "0", "now" */
  PetscInt  *period_of;   /* [n_snapshots] index of the investment period; 0 throughout where there are none */
  PetscReal *weight_objective, *weight_generators, *weight_stores; /* [n_snapshots] hours each stands for */

  PetscInt   n_periods;                       /* investment periods; 0: the network is planned once */
  PetscInt  *period;                          /* [n_periods] years */
  PetscReal *period_objective, *period_years; /* [n_periods] weight of its costs; years until the next */

  PetscReal *carbon_price; /* [max(1, n_periods)] currency per tonne, of our own: not a PyPSA attribute. 0: none */
  char      *currency;     /* "EUR" */

  /* Representative days (our own table representative_days.csv: period, day, representative): the order of a year's days,
     each of which runs as the representative does. Days are numbered from 0 in the order of the snapshots of a period. */
  PetscInt  n_days;             /* rows; 0: snapshots follow each other as they stand */
  PetscInt *day_period;         /* [n_days] index of the period */
  PetscInt *day_representative; /* [n_days] which of the period's days stands for it */
} * Components;

/* "generators", ... as in file names; "Generator", ... as PyPSA names the class. */
const char *ComponentListName(ComponentKind kind);
const char *ComponentClassName(ComponentKind kind);
/* The documented attribute of a kind (bus2, efficiency3, p2 ... of links included), or NULL. */
const Attribute *ComponentAttribute(ComponentKind kind, const char *name);

/* Collective over comm. Reads a folder. Faults go to the list, each with file and line: rows without a name or with that of
   another, unknown buses and types, cells that are not what the attribute is, NaN where a number is needed, series whose
   rows are not the snapshots or whose columns name nothing, limits that cross. An empty cell is the default, as in PyPSA; the
   word "nan" is a fault where a number is needed, and so is a gap in a series. Attributes that mean something which the planning
   model does not have, and are set to something else than their default, are named in one fault for the folder, as are
   tables of components that it does not have. shapes, sub_networks and tables that PyPSA does not know are left alone.

   A carrier that carriers.csv does not list is a fault at generators, links, stores and storage units, and elsewhere where a
   listed one is spelled nearly alike; otherwise a warning (PyPSA warns always). Nothing is said without a carriers.csv that has
   rows, nor of no carrier, AC and DC.

   Labels of series are those of the snapshots, equal times, or numbers from 0 as PyPSA writes them since version 1.

   *components is NULL when there are errors. */
PetscErrorCode ComponentsRead(MPI_Comm comm, const char *path, Faults faults, Components *components);
PetscErrorCode ComponentsCreate(Components *components); /* empty: one snapshot "now" of weight 1 */
PetscErrorCode ComponentsDuplicate(Components components, Components *copy);
PetscErrorCode ComponentsDestroy(Components *components);

/* Not collective. Writes a folder that PyPSA reads (it is made when missing): static tables, series, snapshots, periods;
   infinite and missing values as PyPSA spells them; input columns that are the default throughout are left out. Numbers have
   the fewest digits that read back as the same double. Tables and series of components that were there before and are not
   part of these are removed. Files appear whole or not at all; false with a text when one cannot be written. */
PetscErrorCode ComponentsWrite(Components components, const char *path, PetscBool *written, char *error, size_t size);

/* The column of an attribute: that of the table, or one that holds the default in all rows. NULL only for a name that
   is neither in the table nor in the schema. Borrowed; the column lives as long as the components and shows later changes,
   its arrays move when rows are added. */
const Column *ComponentsColumn(Components components, ComponentKind kind, const char *attribute);
PetscInt      ComponentsFind(Components components, ComponentKind kind, const char *name); /* -1: none */

/* Changing components. Set gives the table the column when it has none (one that the schema does not know has the type of
   what is set first: numbers or texts). A series is copied, [n_snapshots]; setting a number takes the row's series away. A
   new row has a name that is not taken. */
PetscErrorCode ComponentsAddRow(Components components, ComponentKind kind, const char *name, PetscInt *row);
PetscErrorCode ComponentsSetReal(Components components, ComponentKind kind, const char *attribute, PetscInt row,
                                 PetscReal value);
PetscErrorCode ComponentsSetText(Components components, ComponentKind kind, const char *attribute, PetscInt row,
                                 const char *value);
PetscErrorCode ComponentsSetSeries(Components components, ComponentKind kind, const char *attribute, PetscInt row,
                                   const PetscReal *value);

/* Column of network.csv ("_objective"), NULL: none. */
PetscErrorCode ComponentsSetFact(Components components, const char *name, const char *value);
const char    *ComponentsFact(Components components, const char *name);

/* Fills the columns that PyPSA's calculate_dependent_values fills: of lines x, r, b by their type (x_per_length etc. times
   length over num_parallel), x_pu = x / v_nom^2, r_pu, g_pu = g v_nom^2, b_pu, x_pu_eff, r_pu_eff; of transformers x, r, g,
   b, s_nom, tap_ratio, phase_shift, tap_side by their type, x_pu = x / s_nom and so on, x_pu_eff = x_pu tap_ratio (before a T model is turned into a
   pi model, as there); per unit of 1 MVA. Types are rows of line_types, transformer_types or PyPSA's standard types.
   A type that is neither is a fault of ComponentsRead. */
PetscErrorCode ComponentsImpedances(Components components);

/* Shortest decimal number that reads back as the same double (1.0, 0.1, 1e-07, inf, nan); without a zero at the end. */
#define REAL_TEXT_SIZE 32
int RealToText(PetscReal value, char text[REAL_TEXT_SIZE]);

/* Number of periods that are planned: at least 1. */
static inline PetscInt ComponentsPeriods(Components c)
{
  return c->n_periods > 0 ? c->n_periods : 1;
}

/* Values of a column: of a row; of a row at a snapshot (its series, otherwise its number). */
static inline PetscReal ColumnReal(const Column *column, PetscInt row)
{
  return column->real[row];
}
static inline PetscReal ColumnAt(const Column *column, PetscInt row, PetscInt snapshot)
{
  return column->series && column->series[row] ? column->series[row][snapshot] : column->real[row];
}
static inline const char *ColumnText(const Column *column, PetscInt row)
{
  return column->text[row];
}

/* Whether a component exists in a period (of its index): `active`, build_year <= year < build_year + lifetime. Always true of
   kinds without these attributes and, but for `active`, where there are no periods. */
PetscBool ComponentsActive(Components components, ComponentKind kind, PetscInt row, PetscInt period);

/* Region of a bus: the label of the column `column` ("" or NULL: location, else country, else region, whichever the table
   has; else the bus's own name). Never NULL. */
const char *ComponentsRegion(Components components, PetscInt bus, const char *column);

#endif
