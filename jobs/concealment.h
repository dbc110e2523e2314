/* Committed privacy: what a run does so that its log shows commitments and salted hashes instead of names and amounts. The
   regions' secrets stay in files of the ranks that hold the regions; rank 0 has one of its own, the operator's, for
   accounts, contracts and certificate events. docs/privacy.md says what is promised to whom. */
#ifndef ARCHIPELAGO_JOBS_CONCEALMENT_H
#define ARCHIPELAGO_JOBS_CONCEALMENT_H

#include "jobs/run.h"
#include "market/committed.h"
#include "market/opening_statement.h"

struct _p_Concealment {
  LedgerPedersen pedersen;
  LedgerSecret   operator_secret; /* rank 0 */
};

/* Collective. Finds or makes the secrets; run->concealment stays NULL in public runs. */
PetscErrorCode ConcealmentSetUp(Run run);

/* Rank 0. Adds a salt of the operator's to the run's identity, an allocated JSON text that is replaced. Its digest in the
   log then tells nothing to whoever knows nearly all of the study and would try the rest. */
PetscErrorCode ConcealmentIdentity(Run run, char **identity);

PetscErrorCode ConcealmentDestroy(Concealment *concealment);

/* On the region's rank: fills its placed block with the committed records of its settlement and checks, as the region's
   witness does, that every opening fits. The openings stay with the window. */
PetscErrorCode ConcealmentFill(Run run, Window *window, Settlement settlement, LogBlock *block);

/* Collective. Appends the closing entries of the window to rank 0's block. */
PetscErrorCode ConcealmentClose(Run run, const Window *window, LogBlock *block);

/* Collective. Writes the openings of the window's participants, a file for each region and participant with mode 0600, to
   the folder `openings` of rank 0's `folder`. */
PetscErrorCode ConcealmentWriteOpenings(Run run, const Window *window, const char *folder);

/* Rank 0. Appends the record that stands for private bytes to a block; whoever is in `party` [n] gets its opening. */
PetscErrorCode ConcealmentHide(Run run, Window *window, LogBlock *block, const void *bytes, size_t size, size_t n,
                               const EntryText *party);
/* Rank 0. Appends the registration of all accounts. */
PetscErrorCode ConcealmentAccounts(Run run, Window *window, LogBlock *block);

/* Rank 0. The salt of a window's inputs, so that their digest in the log tells nothing; the same whenever the window is
   made again. Other ranks' inputs are never written. */
PetscErrorCode ConcealmentSalt(Run run, PetscInt window, uint8_t salt[32]);

/* Rank 0. Joins the openings of all windows to one private statement for each participant, statements/NAME. */
PetscErrorCode ConcealmentFinish(Run run);

#endif
