/* The study of an hour: dispatch with AC physics, disturbances, settlement, as text that the study reader reads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/plan_check_impl.h"

enum { MOST_TIES = 4, MOST_FAULTS = 2, LARGE_NETWORK = 100 };

static const PetscReal UNTIL_S = 5, FAULT_ON_S = 0.1, FAULT_OFF_S = 0.2;

/* In double quotes, as JSON and YAML both read it. */
static void AddQuoted(Text *text, const char *value)
{
  json_t *string = JsonText(value);
  char   *quoted = json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

  TextAdd(text, "%s", quoted ? quoted : "\"\"");
  free(quoted);
  json_decref(string);
}

static PetscInt BusNumber(const CheckCase *k, ComponentKind kind, const char *attribute, PetscInt row)
{
  return ComponentsFind(k->net, COMPONENT_BUS, CheckText(k->net, kind, attribute, row)) + 1;
}

/* Power that is lost with a generator of the hour; what is many units (a wind farm) is not lost at once. */
static PetscReal Loss(const CheckCase *k, PetscInt g)
{
  return CheckAt(k->net, COMPONENT_GENERATOR, "unit_mw", g, 0, 0) > 0
             ? CheckAt(k->net, COMPONENT_GENERATOR, "p_set", g, 0, 0)
             : 0;
}

/* Power that a generator of the hour delivers. */
static PetscReal Power(const CheckCase *k, PetscInt g)
{
  return CheckAt(k->net, COMPONENT_GENERATOR, "p_set", g, 0, 0);
}

/* Identifiers count the generators at a bus, as the reader does. */
static void AddLargestUnit(const CheckCase *k, Text *out)
{
  const ComponentTable *t    = &k->net->table[COMPONENT_GENERATOR];
  PetscInt              best = -1, number = 0, bus;
  char                  text[200];

  for (PetscInt g = 0; g < t->n; g++)
    if (Loss(k, g) > (best < 0 ? 0 : Loss(k, best) * (1 + 1e-9))) best = g;
  if (best < 0) return;
  bus = BusNumber(k, COMPONENT_GENERATOR, "bus", best);
  for (PetscInt g = 0; g <= best; g++) number += BusNumber(k, COMPONENT_GENERATOR, "bus", g) == bus;
  snprintf(text, sizeof text, "%.150s is lost", t->name[best]);
  TextAdd(out, "    - {name: ");
  AddQuoted(out, text);
  TextAdd(out, ", events: [\"t=0.5,trip-unit=%d:%d\"]}\n", (int)bus, (int)number);
}

typedef struct {
  PetscInt    from, to, circuit; /* numbers of buses */
  PetscReal   rating;
  PetscBool   tie;
  const char *name;
} Edge;

/* Branches in the reader's order, lines first, with their circuits. */
static PetscErrorCode ListEdges(const CheckCase *k, PetscInt *n, Edge **edge)
{
  static const ComponentKind kinds[2] = {COMPONENT_LINE, COMPONENT_TRANSFORMER};

  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscCalloc1(k->net->table[kinds[0]].n + k->net->table[kinds[1]].n + 1, edge));
  for (int i = 0; i < 2; i++)
    for (PetscInt row = 0; row < k->net->table[kinds[i]].n; row++) {
      Edge *e = &(*edge)[*n];
      e->from = BusNumber(k, kinds[i], "bus0", row), e->to = BusNumber(k, kinds[i], "bus1", row);
      e->rating = CheckAt(k->net, kinds[i], "s_nom", row, 0, 0);
      e->name   = k->net->table[kinds[i]].name[row];
      e->tie    = (PetscBool)(strcmp(CheckText(k->net, COMPONENT_BUS, "region", e->from - 1),
                                     CheckText(k->net, COMPONENT_BUS, "region", e->to - 1)) != 0);
      ++*n;
    }
  PetscFunctionReturn(0);
}

static PetscInt Root(PetscInt *parent, PetscInt bus)
{
  while (parent[bus] != bus) bus = parent[bus] = parent[parent[bus]];
  return bus;
}

/* Whether the ends of an edge stay joined without it. */
static PetscErrorCode StaysJoined(const CheckCase *k, PetscInt n, const Edge *edge, PetscInt lost, PetscBool *joined)
{
  const PetscInt n_bus = k->net->table[COMPONENT_BUS].n;
  PetscInt      *parent;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_bus + 1, &parent));
  for (PetscInt b = 0; b <= n_bus; b++) parent[b] = b;
  for (PetscInt e = 0; e < n; e++)
    if (e != lost) parent[Root(parent, edge[e].from)] = Root(parent, edge[e].to);
  *joined = Root(parent, edge[lost].from) == Root(parent, edge[lost].to) ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscFree(parent));
  PetscFunctionReturn(0);
}

static PetscInt Circuit(PetscInt n, const Edge *edge, PetscInt at)
{
  PetscInt number = 0;

  PetscCheckAbort(at < n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "edge %d", (int)at);
  for (PetscInt e = 0; e <= at; e++)
    number += (edge[e].from == edge[at].from && edge[e].to == edge[at].to) ||
              (edge[e].from == edge[at].to && edge[e].to == edge[at].from);
  return number;
}

/* The largest ties between regions, as long as those they join stay joined. */
static PetscErrorCode AddTies(const CheckCase *k, Text *out)
{
  Edge     *edge;
  PetscInt  n, best;
  PetscBool joined;
  char      text[200];

  PetscFunctionBeginUser;
  PetscCall(ListEdges(k, &n, &edge));
  for (int told = 0; told < MOST_TIES;) {
    best = -1;
    for (PetscInt e = 0; e < n; e++)
      if (edge[e].tie && (best < 0 || edge[e].rating > edge[best].rating * (1 + 1e-9))) best = e;
    if (best < 0) break;
    edge[best].tie = PETSC_FALSE;
    PetscCall(StaysJoined(k, n, edge, best, &joined));
    if (!joined) continue;
    snprintf(text, sizeof text, "%.150s opens", edge[best].name);
    TextAdd(out, "    - {name: ");
    AddQuoted(out, text);
    TextAdd(out, ", events: [\"t=0.5,trip=%d-%d:%d\"]}\n", (int)edge[best].from, (int)edge[best].to,
            (int)Circuit(n, edge, best));
    told++;
  }
  PetscCall(PetscFree(edge));
  PetscFunctionReturn(0);
}

/* Short circuits at the buses of the largest units that run. */
static void AddFaults(const CheckCase *k, Text *out)
{
  const PetscInt most = k->net->table[COMPONENT_BUS].n > LARGE_NETWORK ? 1 : MOST_FAULTS; /* clearing times take long */
  PetscInt       bus[MOST_FAULTS], n = 0;

  for (; n < most; n++) {
    PetscInt best = -1;
    for (PetscInt g = 0; g < k->net->table[COMPONENT_GENERATOR].n; g++) {
      const PetscInt at   = BusNumber(k, COMPONENT_GENERATOR, "bus", g);
      PetscBool      seen = PETSC_FALSE;
      for (PetscInt i = 0; i < n; i++) seen = (PetscBool)(seen || bus[i] == at);
      if (!seen && Power(k, g) > (best < 0 ? 0 : Power(k, best) * (1 + 1e-9))) best = g;
    }
    if (best < 0) break;
    bus[n] = BusNumber(k, COMPONENT_GENERATOR, "bus", best);
    TextAdd(out, "%s    - {bus: %d, on: %g, off: %g}\n", n ? "" : "  faults:\n", (int)bus[n], (double)FAULT_ON_S,
            (double)FAULT_OFF_S);
  }
}

static PetscErrorCode AddStability(const CheckCase *k, CheckSecurity security, Text *out)
{
  const char *frequency = ComponentsFact(k->c, "frequency");
  Text        events = {0}, faults = {0};

  PetscFunctionBeginUser;
  AddLargestUnit(k, &events);
  PetscCall(AddTies(k, &events));
  AddFaults(k, &faults);
  if (events.size || faults.size) {
    TextAdd(out, "stability:\n  until: %g\n  frequency: %s\n  hours: [0]\n  required: %s\n", (double)UNTIL_S,
            frequency ? frequency : "50", security == CHECK_REQUIRED ? "true" : "false");
    if (k->devices.size) TextAdd(out, "  devices: devices.csv\n");
    if (faults.size) TextAdd(out, "%s", faults.bytes);
    if (events.size) TextAdd(out, "  events:\n%s", events.bytes);
  }
  free(events.bytes);
  free(faults.bytes);
  PetscFunctionReturn(0);
}

static PetscErrorCode StudyText(const CheckCase *k, const char *study, CheckSecurity security, Text *out)
{
  char text[400];

  PetscFunctionBeginUser;
  TextAdd(out, "# An hour of a plan as an AC system, as archipelago plan made it.\nstudy: ");
  snprintf(text, sizeof text, "%.200s %.60s", study, k->hour->name);
  AddQuoted(out, text);
  TextAdd(out, "\nnetwork: {path: ., format: pypsa}\nparticipants: participants.csv\n");
  if (k->by_region) TextAdd(out, "regions: region\n");
  TextAdd(out, "windows: {hours: 1, count: 1}\ndispatch: {model: ac, method: interior-point, carbon_price: %.17g}\n",
          (double)PetscMin(1e6, k->carbon_cost));
  if (k->planning->check_stability && security != CHECK_UNDISTURBED) PetscCall(AddStability(k, security, out));
  TextAdd(out, "market:\n  currency: %s\n", k->planning->currency);
  if (k->planning->peer_to_peer) TextAdd(out, "  local: {mechanism: uniform-price, scope: study}\n");
  TextAdd(out, "ledger: {origin: archipelago.invalid/plan-check}\n");
  PetscFunctionReturn(0);
}

static PetscBool WriteText(const char *folder, const char *name, const Text *text, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  if (!text->size) return PETSC_TRUE;
  FileJoin(path, sizeof path, folder, name);
  return FileWrite(path, text->bytes, text->size, error);
}

PetscErrorCode CheckWriteStudy(CheckCase *k, const char *study, const char *folder, CheckSecurity security,
                               PetscBool *written, FileError *error)
{
  Text text = {0};

  PetscFunctionBeginUser;
  PetscCall(StudyText(k, study, security, &text));
  *written = DirectoryMake(folder, error);
  if (*written) PetscCall(ComponentsWrite(k->net, folder, written, error->text, sizeof error->text));
  if (*written) *written = WriteText(folder, "participants.csv", &k->participants, error);
  if (*written) *written = WriteText(folder, "devices.csv", &k->devices, error);
  if (*written) *written = WriteText(folder, "study.yaml", &text, error);
  free(text.bytes);
  PetscFunctionReturn(0);
}
