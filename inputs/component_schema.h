/* What the files of the components room share about attributes: the tables behind ComponentAttribute, and PyPSA's standard
   types of lines and transformers. */
#ifndef ARCHIPELAGO_INPUTS_COMPONENT_SCHEMA_H
#define ARCHIPELAGO_INPUTS_COMPONENT_SCHEMA_H

#include "inputs/components.h"

/* Attributes of each kind in PyPSA's order, ended by one without a name. */
extern const Attribute *const component_attributes[COMPONENT_KINDS];

/* Electrical parameters of a line type: Hz, ohm/km, ohm/km, nF/km, kA, mm2. */
typedef struct {
  const char *name;
  PetscReal   f_nom, r_per_length, x_per_length, c_per_length, i_nom;
  const char *mounting;
  PetscReal   cross_section;
} StandardLineType;

/* Of a transformer type: in the order of standard_transformer_columns. */
#define STANDARD_TRANSFORMER_COLUMNS 14
typedef struct {
  const char *name;
  PetscReal   value[STANDARD_TRANSFORMER_COLUMNS];
} StandardTransformerType;

extern const char *const             standard_transformer_columns[STANDARD_TRANSFORMER_COLUMNS];
extern const StandardLineType        standard_line_types[];        /* ended by one without a name */
extern const StandardTransformerType standard_transformer_types[]; /* likewise */

/* NULL: no such type. */
const StandardLineType        *FindStandardLineType(const char *name);
const StandardTransformerType *FindStandardTransformerType(const char *name);
/* The standard type of lines (or of transformers) that is spelled most like a name, or NULL. */
const char *NearestStandardType(const char *name, PetscBool line);

/* Number of the port when a name is that of a link's further port: bus2, efficiency2, p2, delay2, cyclic_delay2, and so on to 99; else -1. *stem: which of the
   five, may be NULL. */
PetscInt ComponentPort(const char *name, size_t *stem);

#endif
