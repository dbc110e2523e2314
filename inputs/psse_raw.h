/* Shared by the files of the PSS/E RAW reader: records and their fields, sections, counted notes, and one function for
   each noun. Revisions 23 and 30 to 35. */
#ifndef ARCHIPELAGO_INPUTS_PSSE_RAW_H
#define ARCHIPELAGO_INPUTS_PSSE_RAW_H

#include "inputs/network.h"
#include "inputs/source.h"

typedef enum {
  RAW_NONE,
  RAW_SYSTEM,
  RAW_BUS,
  RAW_LOAD,
  RAW_FIXED_SHUNT,
  RAW_GENERATOR,
  RAW_BRANCH,
  RAW_SWITCHING_DEVICE,
  RAW_TRANSFORMER,
  RAW_ADJUSTMENT, /* of transformers, revision 23 */
  RAW_AREA,
  RAW_TWO_TERMINAL_DC,
  RAW_VSC_DC,
  RAW_CORRECTION,
  RAW_MULTI_TERMINAL_DC,
  RAW_MULTI_SECTION,
  RAW_ZONE,
  RAW_TRANSFER,
  RAW_OWNER,
  RAW_FACTS,
  RAW_SWITCHED_SHUNT,
  RAW_GNE,
  RAW_INDUCTION_MACHINE,
  RAW_SUBSTATION,
  RAW_SECTIONS
} RawSectionKind;

/* One line of the file that is neither blank nor a comment. */
typedef struct {
  const char *begin;
  PetscInt    line;
} RawLine;

typedef struct {
  PetscInt n, capacity;
  RawLine *line;
} RawSection;

typedef struct {
  const char *text; /* not ended by a zero byte */
  PetscInt    length;
  PetscBool   quoted;
} RawField;

#define RAW_FIELDS 64
#define RAW_TEXT 64

/* The fields of one line; those past the first RAW_FIELDS are passed over. */
typedef struct {
  const char *noun;
  PetscInt    line, n;
  PetscBool   good;    /* PETSC_FALSE after a fault in one of its fields */
  const char *comment; /* what stands behind the closing slash, up to the end of the line; NULL without one */
  RawField    field[RAW_FIELDS];
} RawRecord;

/* What is counted over the file and told in one line each. */
typedef enum {
  RAW_NOTE_NO_BASE_KV,
  RAW_NOTE_NUMBER_NAME,
  RAW_NOTE_CONSTANT_CURRENT,
  RAW_NOTE_DISTRIBUTED,
  RAW_NOTE_REMOTE,
  RAW_NOTE_AT_LIMIT,
  RAW_NOTE_STEP_UP,
  RAW_NOTE_NO_P_LIMITS,
  RAW_NOTE_CROSSED_P,
  RAW_NOTE_CROSSED_Q,
  RAW_NOTE_ZERO_IMPEDANCE,
  RAW_NOTE_CORRECTION,
  RAW_NOTE_SWITCHED_SHUNT,
  RAW_NOTE_DC,
  RAW_NOTE_DC_NO_Q,
  RAW_NOTE_REPEATED,
  RAW_NOTES
} RawNote;

typedef struct {
  PetscInt count, line;
  char     example[RAW_TEXT];
} RawTally;

/* How the records of a file are laid out. */
typedef struct {
  PetscInt  revision;
  PetscReal zero_threshold; /* reactance below which a line without resistance is an ideal connection, per unit */
} RawFormat;

typedef struct {
  const char *path;
  Faults      faults;
  PetscInt    n_faults;
  Network     net;
  RawFormat   format;
  RawSection  section[RAW_SECTIONS];
  RawTally    note[RAW_NOTES];
  PetscInt    n_buses, n_loads, n_shunts, n_generators, n_branches, n_stars; /* rows filled */
} RawReader;

/* Adds an error at a line; after the first twenty the rest is only counted. */
PetscErrorCode RawFault(RawReader *reader, PetscInt line, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(3, 4);
/* Counts a note; the first one's line and words stand in the message. */
void RawCount(RawReader *reader, RawNote note, PetscInt line, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(4, 5);

/* Splits a line into fields: separated by commas or blanks, two commas enclose a default, quotes protect everything, a
   slash outside quotes ends the record. */
void RawSplit(const char *line, PetscInt number, const char *noun, RawRecord *record);
/* A line that begins with @! or holds nothing. */
PetscBool   RawLineIsComment(const char *line);
const char *RawLineEnd(const char *line);
/* Whether a field is there and is not a default. */
PetscBool RawHas(const RawRecord *record, PetscInt field);
PetscBool RawIs(const RawRecord *record, PetscInt field, const char *text);
PetscBool RawNumber(const RawRecord *record, PetscInt field, PetscReal *value);
/* Fields with their defaults. What cannot be read is a fault, leaves the default and spoils the record. */
PetscErrorCode RawReal(RawReader *r, RawRecord *record, PetscInt field, const char *name, PetscReal otherwise,
                       PetscReal *value);
PetscErrorCode RawInt(RawReader *r, RawRecord *record, PetscInt field, const char *name, PetscInt otherwise,
                      PetscInt *value);
/* Without outer blanks; size bytes at most. */
void RawText(const RawRecord *record, PetscInt field, const char *otherwise, char *text, size_t size);
/* Index of the bus of this number; a minus sign (metered end) is passed over. An unknown one is a fault and gives -1. */
PetscErrorCode RawBus(RawReader *r, RawRecord *record, PetscInt field, const char *name, PetscInt *bus);

/* Case identification and the division into sections. PETSC_FALSE in *good: the rest is not worth reading. */
PetscErrorCode RawReadSections(RawReader *r, const Source *source, PetscBool *good);
PetscErrorCode RawDestroySections(RawReader *r);
/* The k-th line of a section as a record. */
void RawRead(const RawReader *r, RawSectionKind kind, PetscInt k, RawRecord *record);
/* Number of lines of the record that begins at line k of a section, at least 1, and not more than are there. */
PetscInt RawRecordLines(RawSectionKind kind, const RawLine *line, PetscInt n);

PetscErrorCode RawReadBuses(RawReader *r);
PetscErrorCode RawReadLoads(RawReader *r);
PetscErrorCode RawReadFixedShunts(RawReader *r);
PetscErrorCode RawReadSwitchedShunts(RawReader *r);
PetscErrorCode RawReadGenerators(RawReader *r);
PetscErrorCode RawReadBranches(RawReader *r);
PetscErrorCode RawReadTransformers(RawReader *r);
/* Complex factor of an impedance correction table at a winding's ratio and shift; 1 for table 0. PETSC_FALSE, and 1, when
   the file has no such table of ascending points. */
PetscBool RawCorrection(const RawReader *r, PetscInt number, PetscReal ratio, PetscReal degrees, PetscReal factor[2]);
PetscErrorCode RawReadTwoTerminalDc(RawReader *r);

/* Next row of a table; room was made by the driver. */
PetscErrorCode RawAddShunt(RawReader *r, PetscInt bus, const char *name, PetscBool in_service, PetscReal g_mw,
                           PetscReal b_mvar);
/* Gives a branch its ends, circuit and name "F-T:C" and takes it out of service where an end is isolated. */
PetscErrorCode RawNameBranch(RawReader *r, PetscInt row, PetscInt from, PetscInt to, const char *circuit,
                             PetscBool in_service);
/* MVA, or no limit for 0. */
PetscErrorCode RawRating(RawReader *r, RawRecord *record, PetscInt field, PetscReal *rate);
PetscBool      RawBusInUse(const RawReader *r, PetscInt bus);

/* Not collective. The reader from bytes at hand. */
PetscErrorCode PsseRawParse(const Source *source, Faults faults, Network *net);

#endif
