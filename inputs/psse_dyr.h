/* PSS/E dynamics data (DYR): the records as they stand in the file, whatever models they name.

   A record is `BUS 'MODEL' ID field field ... /` in free format: fields between commas, blanks or tabs, over as many
   lines as it likes; two commas in a row leave a field out, a text in quotes may hold blanks and `/`, what follows the
   closing `/` on its line is a comment, and so are lines outside a record that begin with `/` and lines that begin with
   `@!`. Some models stand for no unit (`'NAME' 'CDC4T' field ...`): their first field is then what is called id here. */
#ifndef ARCHIPELAGO_INPUTS_PSSE_DYR_H
#define ARCHIPELAGO_INPUTS_PSSE_DYR_H

#include "inputs/fault.h"
#include "inputs/source.h"

typedef enum {
  DYR_NUMBER, /* a finite number (FORTRAN's exponents D and d too) */
  DYR_TEXT,   /* in quotes, or no finite number */
  DYR_OMITTED /* nothing between two commas: the default */
} DyrKind;

typedef struct {
  DyrKind     kind;
  const char *text;  /* without its quotes and without blanks around it; "" when omitted */
  PetscReal   value; /* of a number, otherwise NAN */
  PetscInt    line;
} DyrField;

typedef struct {
  PetscInt        line;     /* where it begins */
  PetscInt        bus;      /* number, not negative; -1 when the file has a text there */
  const char     *bus_text; /* that number, or the name without blanks around it */
  const char     *model;    /* capitals, without blanks around it */
  const char     *id;       /* "1" where the file has none */
  DyrField        id_field; /* the same as it stands in the file */
  PetscInt        n;        /* fields behind the id */
  const DyrField *field;
  PetscBool       closed; /* false: its / is missing, a new record on the next line ends it */
} DyrRecord;

typedef struct _s_PsseDyr {
  char      *path;
  PetscInt   n;
  DyrRecord *record;
  PetscInt   n_toggles; /* switching records (`Toggle`, `Toggler`) of other programs, passed over */
  char      *text;      /* the file's bytes; fields are cut out of them in place */
  DyrField  *field;     /* of all records, one after the other */
} * PsseDyr;

/* Collective over comm. Reads a file. Faults, with their lines: a record that is never closed or holds another record (a
   warning, and it counts as ended, when that one begins on a line of its own), a bus that is neither a whole number nor a text in quotes, no model name, a quote that is never closed (of one kind the
   first are told one by one, the others counted). *dyr is NULL when any of them is an error. */
PetscErrorCode PsseDyrRead(MPI_Comm comm, const char *path, Faults faults, PsseDyr *dyr);
/* Not collective. The same from bytes at hand. */
PetscErrorCode PsseDyrParse(const Source *source, Faults faults, PsseDyr *dyr);
PetscErrorCode PsseDyrDestroy(PsseDyr *dyr);

/* A record of a user-written model, `BUS 'USRMDL' ID 'NAME' IC IT NI NC NS NV` and then NI whole numbers and NC reals:
   gives NAME and the NI + NC fields that are its parameters. PETSC_FALSE for any other record and when it holds fewer
   fields than it announces. */
PetscBool DyrRecordUserModel(const DyrRecord *record, const char **name, PetscInt *n, const DyrField **field);

#endif
