/* Where a result comes from: everything about it that another run of the same inputs would not repeat, and what one needs to
   repeat it. One record for runs, plans, screenings, sweeps and single files; docs/provenance.md tells its fields.

   Each job has a provenance from its beginning: it notes the files that the readers of inputs/ load (path, size, SHA-256), the
   command line and the options, and how long each stage takes. Where results are kept in a directory, the file is written when
   the directory is opened (status "running") and again when the job ends, so that a start that was killed leaves a trace; later
   starts add themselves to its list `starts`. Private keys and secrets pass no reader of inputs/ and are never noted. Of the
   environment, only what Slurm says of the job is noted. Functions are not collective, unless said, and do nothing on ranks
   other than the first. */
#ifndef ARCHIPELAGO_JOBS_PROVENANCE_H
#define ARCHIPELAGO_JOBS_PROVENANCE_H

#include "inputs/study.h"
#include "jobs/file.h"
#include "jobs/options.h"

/* Collective. From here on the files that are read are noted in it, and not in the one created before, which goes on when it
   is destroyed. The command line is that of the one before. */
PetscErrorCode ProvenanceCreate(MPI_Comm comm, Provenance *provenance);
PetscErrorCode ProvenanceDestroy(Provenance *provenance);

/* The words of the command line, those for PETSc included; copied. */
void ProvenanceSetCommand(Provenance provenance, int argc, char *const *argv);
/* Options and arguments as they took effect, defaults included. */
void ProvenanceTakeOptions(Provenance provenance, const Option *options, int n, const Arguments *arguments);
/* What a study sets: its name, policy, physics, method, windows, seed. */
void ProvenanceTakeStudy(Provenance provenance, Study study);
/* One setting that took effect; takes the reference. */
void ProvenanceSetting(Provenance provenance, const char *name, json_t *value);
void ProvenanceRegions(Provenance provenance, PetscInt n_regions);
/* A file that was read in another way than through inputs/source.h; nothing where it cannot be read. */
void ProvenanceInput(Provenance provenance, const char *path);
/* The files of a run's or plan's directory that say what it holds, those of its checked hours too. */
void ProvenanceInputResult(Provenance provenance, const char *directory);

/* Every rank may call: what follows is the stage `name` (one word, "solve"), until the next or the end. A stage may come again. */
void ProvenanceStage(Provenance provenance, const char *name);

/* Collective. The results of `kind` ("run", "plan", ...) are kept in `directory` (of rank 0): its provenance.json, if there is one,
   is taken over, and this start is added to it. `from` says where it goes on ("window 3 of 7"); NULL: from the beginning. A file
   that cannot be written fails the job. */
PetscErrorCode ProvenanceStart(Job job, const char *kind, const char *directory, const char *from);
/* A solve is gone on with: `solve` names it, `iteration` is where (-1: not known). */
void ProvenanceCheckpoint(Provenance provenance, const char *solve, PetscInt iteration);
/* Collective. The file gets how this start ended: the job's status and message. Before ProvenanceStart: nothing. */
PetscErrorCode ProvenanceEnd(Job job);
/* Collective. A single file of results gets FILE.provenance.json beside it; file == NULL: nothing. */
PetscErrorCode ProvenanceWriteBeside(Job job, const char *kind, const char *file);

/* The provenance of `path`, a directory or a result file; NULL where there is none. */
json_t *ProvenanceLoad(const char *path);
/* One screen of it. */
void ProvenanceView(const json_t *record, FILE *stream);

/* provenance_libraries.c: versions when built and now. The caller's. */
json_t *ProvenanceLibraries(void);
json_t *ProvenanceProgram(void);
/* provenance_machine.c, collective; rank 0's are the caller's: host, processor and ranks; peak memory in MB, by rank. */
PetscErrorCode ProvenanceMachine(MPI_Comm comm, json_t **hosts, json_t **memory);
/* What Slurm says of the job; null without it. */
json_t *ProvenanceSlurm(void);

#endif
