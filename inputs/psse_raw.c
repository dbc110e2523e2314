/* PSS/E RAW reader: the sections in order, what was counted on the way, and names that must differ. */
#include "inputs/psse_raw.h"
#include "inputs/reader.h"
#include "inputs/words.h"

#include <stdarg.h>
#include <string.h>

#define FAULTS_SHOWN 20

PetscErrorCode RawFault(RawReader *reader, PetscInt line, const char *format, ...)
{
  char    text[512];
  va_list arguments;

  PetscFunctionBegin;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (reader->n_faults++ < FAULTS_SHOWN)
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, reader->path, line, "%s", text));
  PetscFunctionReturn(0);
}

void RawCount(RawReader *reader, RawNote note, PetscInt line, const char *format, ...)
{
  RawTally *tally = &reader->note[note];
  va_list   arguments;

  if (tally->count++) return;
  tally->line = line;
  va_start(arguments, format);
  (void)vsnprintf(tally->example, sizeof tally->example, format, arguments);
  va_end(arguments);
}

static PetscErrorCode TellNotes(RawReader *r)
{
  static const char *const text[RAW_NOTES] = {
      [RAW_NOTE_NO_BASE_KV]       = "buses have no base voltage: 1 kV is taken",
      [RAW_NOTE_NUMBER_NAME]      = "buses have a number that is not theirs as name: they are named by their own",
      [RAW_NOTE_CONSTANT_CURRENT] = "loads have a constant-current part: it is its power at the stored voltage",
      [RAW_NOTE_DISTRIBUTED]      = "loads have distributed generation: it is subtracted from them",
      [RAW_NOTE_REMOTE]           = "generators regulate another bus: they hold the stored voltage of their own",
      [RAW_NOTE_AT_LIMIT] =
          "generators stand at their reactive limits off their set-points: they hold the stored voltage",
      [RAW_NOTE_STEP_UP]     = "generators have an implicit step-up transformer: it is added to their source impedance",
      [RAW_NOTE_NO_P_LIMITS] = "generators have PT and PB zero: their active power is taken as unlimited",
      [RAW_NOTE_CROSSED_P]   = "generators have PB above PT: the two are exchanged",
      [RAW_NOTE_CROSSED_Q]   = "generators have QB above QT: the two are exchanged",
      [RAW_NOTE_ZERO_IMPEDANCE] = "branches have next to no impedance: a reactance of 1e-4 per unit is taken",
      [RAW_NOTE_CORRECTION] =
          "windings name an impedance correction table that is not there: the nominal impedance is taken",
      [RAW_NOTE_SWITCHED_SHUNT] = "switched shunts are fixed at their initial susceptance",
      [RAW_NOTE_DC]      = "two-terminal DC lines are links with the powers of their converters at the stored voltages",
      [RAW_NOTE_DC_NO_Q] = "two-terminal DC lines are links without reactive power: their data do not give it",
      [RAW_NOTE_REPEATED] = "records repeat the identifier of one before: they are kept under another identifier",
  };

  PetscFunctionBegin;
  for (PetscInt k = 0; k < RAW_NOTES; ++k)
    if (r->note[k].count)
      PetscCall(FaultsAdd(r->faults, FAULT_WARNING, r->path, r->note[k].line, "%" PetscInt_FMT " %s (first: %s)",
                          r->note[k].count, text[k], r->note[k].example));
  PetscFunctionReturn(0);
}

static PetscInt CountRecords(const RawReader *r, RawSectionKind kind)
{
  const RawSection *section = &r->section[kind];
  PetscInt          n       = 0;
  for (PetscInt k = 0; k < section->n; ++n) k += RawRecordLines(kind, &section->line[k], section->n - k);
  return n;
}

/* One line for all the kinds of records that are not modelled. */
static PetscErrorCode TellLeftOut(RawReader *r)
{
  static const struct {
    RawSectionKind kind;
    const char    *name;
  } left[]           = {{RAW_VSC_DC, "VSC DC line"},
                        {RAW_MULTI_TERMINAL_DC, "multi-terminal DC line"},
                        {RAW_FACTS, "FACTS device"},
                        {RAW_GNE, "GNE device"},
                        {RAW_INDUCTION_MACHINE, "induction machine"}};
  char     list[256] = "";
  PetscInt line      = 0;

  PetscFunctionBegin;
  for (size_t k = 0; k < sizeof left / sizeof *left; ++k) {
    const PetscInt n    = CountRecords(r, left[k].kind);
    const size_t   used = strlen(list);
    if (!n) continue;
    if (!line) line = r->section[left[k].kind].line[0].line;
    (void)snprintf(list + used, sizeof list - used, "%s%" PetscInt_FMT " %s%s", used ? ", " : "", n, left[k].name,
                   n > 1 ? "s" : "");
  }
  if (line) PetscCall(FaultsAdd(r->faults, FAULT_WARNING, r->path, line, "left out, not modelled: %s", list));
  PetscFunctionReturn(0);
}

/* Names that stand twice get the row's number behind them, and identifiers at the bus with them. */
static PetscErrorCode Distinguish(RawReader *r, PetscInt n, char **name, char **identifier)
{
  NameIndex  index;
  PetscBool *again;
  char       text[4 * RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &again));
  PetscCall(NameIndexCreate(n, name, &index));
  for (PetscInt k = 0; k < n; ++k) again[k] = (PetscBool)(NameIndexFind(index, name[k]) != k);
  PetscCall(NameIndexDestroy(&index));
  for (PetscInt k = 0; k < n; ++k) {
    if (!again[k]) continue;
    RawCount(r, RAW_NOTE_REPEATED, 0, "%s", name[k]);
    (void)snprintf(text, sizeof text, "%s~%" PetscInt_FMT, name[k], k + 1);
    PetscCall(NetworkSetString(&name[k], text));
    if (!identifier) continue;
    (void)snprintf(text, sizeof text, "%s~%" PetscInt_FMT, identifier[k], k + 1);
    PetscCall(NetworkSetString(&identifier[k], text));
  }
  PetscCall(PetscFree(again));
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeRoom(RawReader *r)
{
  const RawSection *s   = r->section;
  const PetscInt    bus = s[RAW_BUS].n;

  PetscFunctionBegin;
  PetscCall(NetworkResizeLoads(r->net, s[RAW_LOAD].n + bus));
  PetscCall(NetworkResizeShunts(r->net, bus + s[RAW_LOAD].n + s[RAW_FIXED_SHUNT].n + s[RAW_SWITCHED_SHUNT].n));
  PetscCall(NetworkResizeGenerators(r->net, s[RAW_GENERATOR].n));
  PetscCall(NetworkResizeBranches(r->net, s[RAW_BRANCH].n + s[RAW_SWITCHING_DEVICE].n + s[RAW_TRANSFORMER].n));
  PetscFunctionReturn(0);
}

static PetscErrorCode CutRoom(RawReader *r)
{
  Network net = r->net;
  PetscFunctionBegin;
  PetscCall(NetworkResizeLoads(net, r->n_loads));
  PetscCall(NetworkResizeShunts(net, r->n_shunts));
  PetscCall(NetworkResizeGenerators(net, r->n_generators));
  PetscCall(NetworkResizeBranches(net, r->n_branches));
  PetscCall(Distinguish(r, net->load.n, net->load.name, net->load.unit));
  PetscCall(Distinguish(r, net->shunt.n, net->shunt.name, NULL));
  PetscCall(Distinguish(r, net->generator.n, net->generator.name, net->generator.unit));
  PetscCall(Distinguish(r, net->branch.n, net->branch.name, net->branch.circuit));
  PetscCall(Distinguish(r, net->link.n, net->link.name, NULL));
  PetscFunctionReturn(0);
}

/* Buses first, because all else stands at one; nothing more where they have faults. */
static PetscErrorCode Fill(RawReader *r)
{
  PetscFunctionBegin;
  PetscCall(RawReadBuses(r));
  if (r->n_faults) PetscFunctionReturn(0);
  PetscCall(MakeRoom(r));
  PetscCall(RawReadLoads(r));
  PetscCall(RawReadFixedShunts(r));
  PetscCall(RawReadSwitchedShunts(r));
  PetscCall(RawReadGenerators(r));
  PetscCall(RawReadBranches(r));
  PetscCall(RawReadTransformers(r));
  PetscCall(RawReadTwoTerminalDc(r));
  if (r->n_faults) PetscFunctionReturn(0);
  PetscCall(CutRoom(r));
  PetscCall(NetworkWarnNegativeImpedance(r->net, r->path, r->faults));
  PetscCall(TellNotes(r));
  PetscCall(TellLeftOut(r));
  PetscFunctionReturn(0);
}

/* The file's name without folders and extension. */
static PetscErrorCode SetName(Network net, const char *path)
{
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
  char        name[256];

  PetscFunctionBegin;
  (void)snprintf(name, sizeof name, "%.*s", (int)(dot && dot > base ? dot - base : (long)strlen(base)), base);
  PetscCall(NetworkSetString(&net->name, name));
  PetscCall(NetworkSetString(&net->source, path));
  PetscFunctionReturn(0);
}

PetscErrorCode PsseRawParse(const Source *source, Faults faults, Network *net)
{
  RawReader reader = {.path = source->path, .faults = faults};
  PetscBool good;

  PetscFunctionBegin;
  PetscCall(NetworkCreate(&reader.net));
  PetscCall(SetName(reader.net, source->path));
  PetscCall(RawReadSections(&reader, source, &good));
  if (good) PetscCall(Fill(&reader));
  if (reader.n_faults > FAULTS_SHOWN)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, source->path, 0, "%" PetscInt_FMT " more faults are not listed",
                        reader.n_faults - FAULTS_SHOWN));
  PetscCall(RawDestroySections(&reader));
  *net = reader.net;
  if (reader.n_faults) PetscCall(NetworkDestroy(net));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkReadPsseRaw(MPI_Comm comm, const char *path, Faults faults, Network *net)
{
  Source *source;
  PetscFunctionBeginUser;
  *net = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (source) PetscCall(PsseRawParse(source, faults, net));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}
