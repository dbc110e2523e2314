/* The table of who owns which asset. */
#include "inputs/participants.h"

#include "inputs/csv.h"
#include "inputs/words.h"

#include <string.h>

enum { KINDS = 4 };

static const char *const kind_name[] = {"generator", "load", "storage", "link", NULL};

/* The network's assets of one component, and who owns them. */
typedef struct {
  const char *kind;
  PetscInt    n;
  char      **name;
  PetscInt   *owner; /* [n], -1: nobody yet */
  PetscInt   *line;  /* [n] of the table that said so */
  NameIndex   index;
} Assets;

PetscErrorCode ParticipantsDestroy(Participants *participants)
{
  Participants p = *participants;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < p->n; k++) {
    PetscCall(PetscFree(p->name[k]));
    PetscCall(PetscFree(p->class_name[k]));
  }
  PetscCall(PetscFree(p->name));
  PetscCall(PetscFree(p->class_name));
  PetscCall(PetscFree(p->of_generator));
  PetscCall(PetscFree(p->of_load));
  PetscCall(PetscFree(p->of_storage));
  PetscCall(PetscFree(p->of_link));
  PetscCall(PetscFree(*participants));
  PetscFunctionReturn(0);
}

static PetscErrorCode AssetsOf(Network net, Participants p, Assets assets[KINDS])
{
  const Assets table[KINDS] = {
      {kind_name[0], net->generator.n, net->generator.name, NULL, NULL, NULL},
      {kind_name[1], net->load.n, net->load.name, NULL, NULL, NULL},
      {kind_name[2], net->storage.n, net->storage.name, NULL, NULL, NULL},
      {kind_name[3], net->link.n, net->link.name, NULL, NULL, NULL},
  };
  PetscInt **owner[KINDS] = {&p->of_generator, &p->of_load, &p->of_storage, &p->of_link};
  PetscInt   total        = 0;

  PetscFunctionBeginUser;
  for (int k = 0; k < KINDS; k++) {
    assets[k] = table[k];
    total += table[k].n;
    PetscCall(PetscMalloc1(table[k].n + 1, owner[k]));
    PetscCall(PetscCalloc1(table[k].n + 1, &assets[k].line));
    PetscCall(NameIndexCreate(table[k].n, table[k].name, &assets[k].index));
    assets[k].owner = *owner[k];
    for (PetscInt i = 0; i < table[k].n; i++) assets[k].owner[i] = -1;
  }
  PetscCall(PetscCalloc1(2 * total + 1, &p->name));
  PetscCall(PetscCalloc1(2 * total + 1, &p->class_name));
  PetscFunctionReturn(0);
}

static PetscErrorCode AssetsRelease(Assets assets[KINDS])
{
  PetscFunctionBeginUser;
  for (int k = 0; k < KINDS; k++) {
    PetscCall(PetscFree(assets[k].line));
    PetscCall(NameIndexDestroy(&assets[k].index));
  }
  PetscFunctionReturn(0);
}

static PetscInt FindParticipant(Participants p, const char *name)
{
  for (PetscInt k = 0; k < p->n; k++)
    if (!strcmp(p->name[k], name)) return k;
  return -1;
}

static PetscErrorCode AddParticipant(Participants p, const char *name)
{
  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(name, &p->name[p->n]));
  PetscCall(PetscStrallocpy("", &p->class_name[p->n]));
  p->n++;
  PetscFunctionReturn(0);
}

static PetscErrorCode UnknownAsset(Csv csv, PetscInt row, const Assets *assets, const char *asset, Faults faults)
{
  const char *near = NearestName(asset, assets->n, assets->name);

  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                      "found the %s '%.60s', expected one of the network's %" PetscInt_FMT "%s%s%s", assets->kind,
                      asset, assets->n, near ? " such as '" : "", near ? near : "", near ? "'" : ""));
  PetscFunctionReturn(0);
}

/* The first row of a participant that tells a class tells the participant's. */
static PetscErrorCode TakeClass(Csv csv, PetscInt row, PetscInt column, char **known)
{
  const char *found = column < 0 ? "" : CsvText(csv, row, column);

  PetscFunctionBeginUser;
  if ((*known)[0] || !found[0]) PetscFunctionReturn(0);
  PetscCall(PetscFree(*known));
  PetscCall(PetscStrallocpy(found, known));
  PetscFunctionReturn(0);
}

/* Columns: participant, component, asset, and class (-1: none). */
static PetscErrorCode ReadOwnership(Csv csv, PetscInt row, const PetscInt column[4], Assets assets[KINDS],
                                    Participants p, Faults faults)
{
  const char *participant = CsvText(csv, row, column[0]), *component = CsvText(csv, row, column[1]);
  const char *asset = CsvText(csv, row, column[2]);
  PetscInt    kind = 0, k, line = CsvLine(csv, row);

  PetscFunctionBeginUser;
  if (!participant[0]) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), line, "found no participant, expected a name"));
    PetscFunctionReturn(0);
  }
  while (kind < KINDS && strcmp(kind_name[kind], component) != 0) kind++;
  if (kind == KINDS) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), line,
                        "found the component '%.60s', expected generator, load, storage or link", component));
    PetscFunctionReturn(0);
  }
  k = NameIndexFind(assets[kind].index, asset);
  if (k < 0) {
    PetscCall(UnknownAsset(csv, row, &assets[kind], asset, faults));
  } else if (assets[kind].owner[k] >= 0) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), line,
                        "found the %s '%.60s' owned twice, expected one owner ('%.60s' at line %" PetscInt_FMT ")",
                        component, asset, p->name[assets[kind].owner[k]], assets[kind].line[k]));
  } else {
    PetscInt owner = FindParticipant(p, participant);
    if (owner < 0) PetscCall(AddParticipant(p, participant));
    assets[kind].owner[k] = owner < 0 ? p->n - 1 : owner;
    assets[kind].line[k]  = line;
    PetscCall(TakeClass(csv, row, column[3], &p->class_name[assets[kind].owner[k]]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTable(MPI_Comm comm, const char *path, Assets assets[KINDS], Participants p, Faults faults)
{
  static const char *const name[] = {"participant", "component", "asset"};
  Csv                      csv;
  PetscInt                 column[4], before;

  PetscFunctionBeginUser;
  PetscCall(CsvRead(comm, path, faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  before = FaultsErrorCount(faults);
  PetscCall(CsvRequire(csv, faults, 3, name, column));
  column[3] = -1;
  for (PetscInt c = 0; c < CsvColumns(csv); c++) {
    const char *found = CsvColumnName(csv, c);
    if (!strcmp(found, "class")) column[3] = c;
    if (c != column[0] && c != column[1] && c != column[2] && strcmp(found, "class") != 0)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 1,
                          "found the column '%.60s', expected participant, component, asset and perhaps class", found));
  }
  if (FaultsErrorCount(faults) == before)
    for (PetscInt row = 0; row < CsvRows(csv); row++) PetscCall(ReadOwnership(csv, row, column, assets, p, faults));
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

/* An asset without an owner becomes a participant under its own name, or as "component name" where that is taken. */
static PetscErrorCode OwnThemselves(Assets assets[KINDS], Participants p)
{
  NameIndex taken;
  char    **fixed, **all;
  PetscInt  declared = p->n, total = 0, at = 0;

  PetscFunctionBeginUser;
  for (int k = 0; k < KINDS; k++) total += assets[k].n;
  PetscCall(PetscMalloc1(declared + total + 1, &all));
  fixed = p->name;
  for (PetscInt i = 0; i < declared; i++) all[at++] = fixed[i];
  for (int k = 0; k < KINDS; k++)
    for (PetscInt i = 0; i < assets[k].n; i++) all[at++] = assets[k].name[i];
  PetscCall(NameIndexCreate(at, all, &taken));
  at = declared;
  for (int k = 0; k < KINDS; k++)
    for (PetscInt i = 0; i < assets[k].n; i++, at++) {
      char        text[256];
      const char *name = assets[k].name[i];
      if (assets[k].owner[i] >= 0) continue;
      if (NameIndexFind(taken, name) < at) {
        snprintf(text, sizeof text - 32, "%s %s", assets[k].kind, name);
        while (FindParticipant(p, text) >= 0 && strlen(text) < sizeof text - 1) strcat(text, "'");
        name = text;
      }
      assets[k].owner[i] = p->n;
      PetscCall(AddParticipant(p, name));
    }
  PetscCall(NameIndexDestroy(&taken));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

PetscErrorCode ParticipantsRead(MPI_Comm comm, const char *path, Network net, Faults faults, Participants *participants)
{
  PetscInt before = FaultsErrorCount(faults);
  Assets   assets[KINDS];

  PetscFunctionBeginUser;
  PetscCall(PetscNew(participants));
  PetscCall(AssetsOf(net, *participants, assets));
  if (path) PetscCall(ReadTable(comm, path, assets, *participants, faults));
  PetscCall(OwnThemselves(assets, *participants));
  PetscCall(AssetsRelease(assets));
  if (FaultsErrorCount(faults) > before) PetscCall(ParticipantsDestroy(participants));
  PetscFunctionReturn(0);
}
