/* Counts of what a program does with MPI, by interposition: functions of MPI that pass on to their PMPI names. Linked into a
   program, or loaded before one as a library (LD_PRELOAD), which writes the counts of each rank as a line of JSON to the file
   MPI_COUNT_FILE.RANK when MPI is finalised. */
#ifndef ARCHIPELAGO_TESTS_MPI_COUNT_H
#define ARCHIPELAGO_TESTS_MPI_COUNT_H

typedef struct {
  long long collectives;      /* calls, on communicators of more than one rank */
  long long collective_bytes; /* that this rank contributed to them */
  long long gathered_bytes;   /* that this rank has as their results */
  long long messages;         /* sent from rank to rank */
  long long message_bytes;
  double    seconds;   /* in collectives and waits: latency, transfer and imbalance together */
  double    processor; /* of the processor, spent in them waiting */
} MpiCounts;

/* Counts since the start. */
MpiCounts MpiCountsNow(void);
MpiCounts MpiCountsSince(const MpiCounts *before);

#endif
