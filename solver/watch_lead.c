/* A watch of all ranks over a solve that one rank makes alone. */
#include "solver/watch_lead.h"

enum { CALL_BEGIN, CALL_ASK, CALL_KEEP, CALL_END, CALL_DONE };

/* What is to be called by all, from the first rank; and for a beginning the method. */
typedef struct {
  int  call;
  char method[CHECKPOINT_NAME];
} Word;

static PetscErrorCode Tell(const WatchLeader *leader, int call, const char *method)
{
  Word word;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(&word, sizeof word));
  word.call = call;
  PetscCall(PetscStrncpy(word.method, method, sizeof word.method));
  PetscCallMPI(MPI_Bcast(&word, sizeof word, MPI_BYTE, 0, leader->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode LeadBegin(void *context, const char *method, Checkpoint *state)
{
  const WatchLeader *leader = (const WatchLeader *)context;

  PetscFunctionBeginUser;
  PetscCall(Tell(leader, CALL_BEGIN, method));
  PetscCall(WatchBegin(leader->watch, method, state));
  PetscFunctionReturn(0);
}

static PetscErrorCode LeadAsk(void *context, WatchAnswer *answer)
{
  const WatchLeader *leader = (const WatchLeader *)context;

  PetscFunctionBeginUser;
  PetscCall(Tell(leader, CALL_ASK, ""));
  PetscCall(WatchAsk(leader->watch, answer));
  PetscFunctionReturn(0);
}

static PetscErrorCode LeadKeep(void *context, Checkpoint checkpoint)
{
  const WatchLeader *leader = (const WatchLeader *)context;

  PetscFunctionBeginUser;
  PetscCall(Tell(leader, CALL_KEEP, ""));
  PetscCall(WatchKeep(leader->watch, checkpoint));
  PetscFunctionReturn(0);
}

static PetscErrorCode LeadEnd(void *context, PetscBool *keep)
{
  const WatchLeader *leader = (const WatchLeader *)context;

  PetscFunctionBeginUser;
  PetscCall(Tell(leader, CALL_END, ""));
  PetscCall(WatchEnd(leader->watch, keep));
  PetscFunctionReturn(0);
}

void WatchLead(MPI_Comm comm, Watch watch, WatchLeader *leader, struct _s_Watch *led)
{
  *leader = (WatchLeader){comm, watch};
  *led    = (struct _s_Watch){leader, LeadBegin, LeadAsk, LeadKeep, LeadEnd};
}

PetscErrorCode WatchLeadEnd(WatchLeader *leader)
{
  PetscFunctionBeginUser;
  PetscCall(Tell(leader, CALL_DONE, ""));
  PetscFunctionReturn(0);
}

/* One call beside the first rank's; what it keeps is all there is. */
static PetscErrorCode FollowCall(Watch watch, const Word *word)
{
  Checkpoint  state, nothing;
  WatchAnswer answer;
  PetscBool   keep;

  PetscFunctionBeginUser;
  if (word->call == CALL_BEGIN) PetscCall(WatchBegin(watch, word->method, &state));
  if (word->call == CALL_ASK) PetscCall(WatchAsk(watch, &answer));
  if (word->call == CALL_END) PetscCall(WatchEnd(watch, &keep));
  if (word->call == CALL_KEEP) {
    PetscCall(CheckpointCreate(&nothing));
    PetscCall(WatchKeep(watch, nothing));
    PetscCall(CheckpointDestroy(&nothing));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode WatchFollow(MPI_Comm comm, Watch watch)
{
  Word word;

  PetscFunctionBeginUser;
  for (;;) {
    PetscCallMPI(MPI_Bcast(&word, sizeof word, MPI_BYTE, 0, comm));
    if (word.call == CALL_DONE) break;
    PetscCall(FollowCall(watch, &word));
  }
  PetscFunctionReturn(0);
}
