/* Participants: who owns which asset. CSV `participant,component,asset[,class]` with
   the components generator, load, storage and link; an asset nobody names is its own participant. A participant has the class
   of its first row that tells one. */
#ifndef ARCHIPELAGO_INPUTS_PARTICIPANTS_H
#define ARCHIPELAGO_INPUTS_PARTICIPANTS_H

#include "inputs/network.h"

typedef struct _s_Participants {
  PetscInt  n;
  char    **class_name;   /* [n] "household", "industry", ...; empty where the table has none */
  char    **name;         /* unique, in order of first appearance (table, then generators, loads, storage, links) */
  PetscInt *of_generator; /* index of the participant of each row of the network's tables */
  PetscInt *of_load;
  PetscInt *of_storage;
  PetscInt *of_link;
} * Participants;

/* Collective. `path` NULL: each asset is its own participant. Such a participant has the asset's name, with its component
   before it ("load city") where the name alone is taken. *participants is NULL when the table has faults. */
PetscErrorCode ParticipantsRead(MPI_Comm comm, const char *path, Network net, Faults faults,
                                Participants *participants);
PetscErrorCode ParticipantsDestroy(Participants *participants);

#endif
