/* Comma-separated tables (RFC 4180: quoted cells, doubled quotes, line breaks inside quotes, CRLF or LF; a UTF-8 mark at
   the start is skipped), with the line of every row, so that each fault names where it stands. */
#ifndef ARCHIPELAGO_INPUTS_CSV_H
#define ARCHIPELAGO_INPUTS_CSV_H

#include "inputs/fault.h"
#include "inputs/source.h"

typedef struct _p_Csv *Csv;

/* What a cell may hold besides a finite number. */
typedef enum {
  CSV_FINITE         = 0, /* a finite number and nothing else */
  CSV_EMPTY_ALLOWED  = 1, /* an empty cell (or a column that is not there) keeps the default */
  CSV_INFINITE       = 2, /* inf, -inf, Infinity are numbers */
  CSV_NAN            = 4, /* nan and NA are numbers: not known */
  CSV_NAN_AS_DEFAULT = 8  /* nan and NA keep the default */
} CsvFlag;

/* Collective over comm. Reads and splits a file; its first line names the columns. Faults (not readable, not UTF-8, a
   quote that is never closed, rows with too few or too many cells, two columns of one name) go to the list; *csv is
   NULL when any of them is an error. Lines without any cell filled are skipped. */
PetscErrorCode CsvRead(MPI_Comm comm, const char *path, Faults faults, Csv *csv);
/* Not collective. The same from bytes at hand. */
PetscErrorCode CsvParse(const Source *source, Faults faults, Csv *csv);
PetscErrorCode CsvDestroy(Csv *csv);

const char *CsvPath(Csv csv);
PetscInt    CsvRows(Csv csv);
PetscInt    CsvColumns(Csv csv);
/* Line of a row in the file (1-based; the header is line 1 unless it follows empty lines). */
PetscInt    CsvLine(Csv csv, PetscInt row);
const char *CsvColumnName(Csv csv, PetscInt column);
/* Index of a column by its exact name, or -1. */
PetscInt CsvColumn(Csv csv, const char *name);
/* Cell without surrounding blanks (unless quoted); "" for column -1. Lives as long as the table. */
const char *CsvText(Csv csv, PetscInt row, PetscInt column);

/* Looks up n columns by name: column[n] indices. Those missing are named in one fault. */
PetscErrorCode CsvRequire(Csv csv, Faults faults, PetscInt n, const char *const *name, PetscInt *column);

/* Cell as a number. What is not one becomes a fault `found "x", expected a number` that names the column, and *value is
   `otherwise`. *value is always set. */
PetscErrorCode CsvReal(Csv csv, Faults faults, PetscInt row, PetscInt column, int flags, PetscReal otherwise,
                       PetscReal *value);
/* Cell as a whole number (1 and 1.0 are). Of the flags only CSV_EMPTY_ALLOWED has a meaning. */
PetscErrorCode CsvInt(Csv csv, Faults faults, PetscInt row, PetscInt column, int flags, PetscInt otherwise,
                      PetscInt *value);
/* Cell as a truth value: true/false, yes/no, 1/0 in any case. */
PetscErrorCode CsvBool(Csv csv, Faults faults, PetscInt row, PetscInt column, int flags, PetscBool otherwise,
                       PetscBool *value);

/* Reads a decimal number that fills all of `text` (blanks around it are allowed); inf and nan count. PETSC_FALSE when it
   is none or does not fit. */
PetscBool TextToReal(const char *text, PetscReal *value);
/* The same for a whole number in decimal digits. */
PetscBool TextToInt(const char *text, PetscInt *value);

#endif
