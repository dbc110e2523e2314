/* What the readers of device tables share: units found by their buses, values as files have them turned into parameters,
   notes that are counted, and the table made of what was read. */
#ifndef ARCHIPELAGO_DYNAMICS_DEVICE_READING_H
#define ARCHIPELAGO_DYNAMICS_DEVICE_READING_H

#include "dynamics/device_table.h"

/* Why something is told of. */
typedef enum {
  NOTE_SUSPICIOUS, /* usable data that look wrong */
  NOTE_IGNORED,    /* a record that is not used */
  NOTE_FALLBACK    /* a unit that is simulated in a simpler way than asked for */
} DeviceNoteKind;

/* Equal notes are told once, with their number and the first few places. */
typedef struct {
  char     text[320];
  char     places[160];
  PetscInt count, line;
} DeviceNote;

#define DEVICE_NOTES 100

/* Rows of one table of the network by bus: the first at each bus, then the next of each row; -1 at the end. */
typedef struct {
  PetscInt *first, *next;
} DeviceRowsAtBus;

typedef struct {
  const char     *path;
  Network         net;
  PetscBool       strict;
  Faults          faults;
  PetscInt        errors_before;
  DeviceTable     table;
  DeviceRowsAtBus generators, storage, loads;
  PetscInt        n_parts, parts_capacity;
  DeviceRecord   *part; /* what was read, in the order of the file */
  PetscInt        n_notes;
  DeviceNote     *note; /* [DEVICE_NOTES]; the last one takes what has no room */
} DeviceReading;

/* Whom a record speaks of. */
typedef struct {
  DeviceSite site;
  PetscInt   row;
  PetscInt   line;
  char       unit[80]; /* "unit 1 at bus 30" */
} DevicePlace;

/* A parameter as a file has it. */
typedef struct {
  const char *text;     /* "" when it is not there */
  PetscReal   value;    /* NAN unless the text is a finite number */
  PetscBool   left_out; /* its place is there, but empty on purpose: zero is meant */
} DeviceValue;

PetscErrorCode DeviceReadingBegin(const char *path, Network net, PetscBool strict, Faults faults,
                                  DeviceReading *reading);
/* Makes the table of the parts that were read, sources first, and tells the notes. *table is NULL after errors. */
PetscErrorCode DeviceReadingFinish(DeviceReading *reading, DeviceTable *table);

/* Tells, at the end, how often and where. The text is one line without numbers that differ from place to place. */
PetscErrorCode DeviceReadingNote(DeviceReading *reading, DeviceNoteKind kind, PetscInt line, const char *place,
                                 const char *format, ...) PETSC_ATTRIBUTE_FORMAT(5, 6);

/* Adds a part when nothing is wrong with it: number of values, ranges, buses and branches, the model's own check. */
PetscErrorCode DeviceReadingAddPart(DeviceReading *reading, const DevicePlace *place, const DeviceModel *model,
                                    PetscReal mva_base, PetscInt n, const DeviceValue *value, PetscBool *good);
/* Adds a part with finished parameters. */
PetscErrorCode DeviceReadingPush(DeviceReading *reading, const DevicePlace *place, const DeviceModel *model,
                                 PetscReal mva_base, const PetscReal *parameter);

/* How many of a model's first parameters a record must have; the others, missing, are NAN: the model has a default. */
PetscInt  DeviceModelRequired(const DeviceModel *model);
PetscBool DeviceSiteInService(Network net, DeviceSite site, PetscInt row);
/* A positive number that is no stand-in for "without limit". */
PetscBool DeviceKnown(PetscReal value);
/* At most 40 bytes of a text, those that would not print as question marks; one of four static buffers. */
const char *DeviceShown(const char *text);

/* The forms. */
PetscErrorCode DeviceReadDyr(const Source *source, DeviceReading *reading);
PetscErrorCode DeviceReadCsv(const Source *source, DeviceReading *reading);
PetscErrorCode DeviceReadYaml(const Source *source, DeviceReading *reading);

/* Where a synchronous machine without better data stands: typical inertia in s, transient reactance per unit. */
#define DEVICE_TYPICAL_H 4.0
#define DEVICE_TYPICAL_XD1 0.25
/* Where the network gives an infinite bus a source impedance of zero. */
#define DEVICE_INFINITE_BUS_XD1 1e-6

#endif
