/* Events as people write them: "t=1.0,fault=8", "t=1.1,trip=8-9:1"; and what of a list of them cannot be. */
#include "dynamics/event.h"
#include "inputs/csv.h"

#include <stdarg.h>

typedef enum {
  KEY_T,
  KEY_FAULT,
  KEY_CLEAR,
  KEY_TRIP,
  KEY_CLOSE,
  KEY_TRIP_UNIT,
  KEY_LOAD,
  KEY_SET,
  KEY_ISLAND,
  KEY_AT,
  KEY_R,
  KEY_X,
  KEY_P,
  KEY_Q,
  KEY_VALUE,
  KEY_ADD,
  KEYS,
  KEY_FIRST_KIND = KEY_FAULT,
  KEY_LAST_KIND  = KEY_ISLAND
} Key;

static const char *const key_names[KEYS] = {"t",      "fault", "clear", "trip", "close", "trip-unit", "load",  "set",
                                            "island", "at",    "r",     "x",    "p",     "q",         "value", "add"};

/* Which keys go with the one that says what happens. */
static const unsigned key_companions[KEYS] = {[KEY_FAULT] = 1u << KEY_AT | 1u << KEY_R | 1u << KEY_X,
                                              [KEY_LOAD]  = 1u << KEY_P | 1u << KEY_Q,
                                              [KEY_SET]   = 1u << KEY_VALUE | 1u << KEY_ADD};

static const EventKind key_kinds[KEYS] = {
    [KEY_FAULT] = EVENT_FAULT,        [KEY_CLEAR] = EVENT_CLEAR,         [KEY_TRIP] = EVENT_TRIP_BRANCH,
    [KEY_CLOSE] = EVENT_CLOSE_BRANCH, [KEY_TRIP_UNIT] = EVENT_TRIP_UNIT, [KEY_LOAD] = EVENT_LOAD_STEP,
    [KEY_SET] = EVENT_SET_REFERENCE,  [KEY_ISLAND] = EVENT_ISLAND};

enum { TEXT_LENGTH = 200 };

typedef struct {
  Network         net;
  Faults          faults;
  const char     *file, *what, *text;
  PetscInt        line;
  char           *value[KEYS];
  StabilityEvent *event;
} Reader;

static PetscErrorCode Complain(Reader *r, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);
static PetscErrorCode Complain(Reader *r, const char *format, ...)
{
  char    text[512];
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->file, r->line, "%s%s\"%.160s\": %s", r->what ? r->what : "",
                      r->what ? " " : "", r->text, text));
  PetscFunctionReturn(0);
}

/* Splits "key=value,..." in place. */
static PetscErrorCode SplitKeys(Reader *r, char *copy)
{
  PetscFunctionBeginUser;
  for (char *part = copy, *next; part; part = next) {
    PetscInt key = 0;
    next         = strchr(part, ',');
    if (next) *next++ = '\0';
    char *equals = strchr(part, '=');
    if (!equals) {
      PetscCall(Complain(r, "found \"%.60s\", expected KEY=VALUE", part));
      continue;
    }
    *equals = '\0';
    while (key < KEYS && strcmp(part, key_names[key]) != 0) ++key;
    if (key == KEYS)
      PetscCall(Complain(r,
                         "found the key \"%.60s\", expected t and one of fault, clear, trip, close, trip-unit, load, "
                         "set, island with their at, r, x, p, q, value, add",
                         part));
    else if (r->value[key])
      PetscCall(Complain(r, "found the key %s twice, expected it once", key_names[key]));
    else if (!equals[1])
      PetscCall(Complain(r, "found nothing after %s=, expected its value", key_names[key]));
    else
      r->value[key] = equals + 1;
  }
  PetscFunctionReturn(0);
}

/* A number within its range, where the key is given. */
static PetscErrorCode ReadReal(Reader *r, Key key, PetscReal least, PetscReal most, PetscReal *number)
{
  PetscReal found;

  PetscFunctionBeginUser;
  if (!r->value[key]) PetscFunctionReturn(0);
  if (!TextToReal(r->value[key], &found) || PetscIsInfOrNanReal(found))
    PetscCall(Complain(r, "found %s=%.60s, expected a number", key_names[key], r->value[key]));
  else if (found < least)
    PetscCall(Complain(r, "found %s=%.60s, expected %g or more", key_names[key], r->value[key], (double)least));
  else if (found > most)
    PetscCall(Complain(r, "found %s=%.60s, expected at most %g", key_names[key], r->value[key], (double)most));
  else
    *number = found;
  PetscFunctionReturn(0);
}

/* The bus of this number that has a voltage, or -1 after a fault. */
static PetscErrorCode FindBus(Reader *r, const char *text, PetscInt *bus)
{
  PetscInt number;

  PetscFunctionBeginUser;
  *bus = TextToInt(text, &number) ? NetworkFindBus(r->net, number) : -1;
  if (*bus < 0) {
    PetscCall(Complain(r, "found bus \"%.60s\", expected the number of a bus of the network", text));
    PetscFunctionReturn(0);
  }
  if (r->net->bus.type[*bus] != BUS_ISOLATED && NetworkBusIsElectric(r->net, *bus)) PetscFunctionReturn(0);
  PetscCall(Complain(r, "found bus %.60s, which is %s, expected a bus in service", text,
                     NetworkBusIsElectric(r->net, *bus) ? "isolated" : "not electric"));
  *bus = -1;
  PetscFunctionReturn(0);
}

/* The branch between two buses: of that circuit; without one the first in service, otherwise the first. */
static PetscInt LookUpBranch(Network net, PetscInt from, PetscInt to, const char *circuit)
{
  const PetscInt found = NetworkFindBranch(net, from, to, circuit);
  if (found >= 0 || (circuit && *circuit)) return found;
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    const PetscInt f = net->branch.from[k], t = net->branch.to[k];
    if ((f == from && t == to) || (f == to && t == from)) return k;
  }
  return -1;
}

/* "F-T" or "F-T:CKT". *turned: the branch's own from end is T. */
static PetscErrorCode FindBranch(Reader *r, char *text, PetscInt *branch, PetscBool *turned)
{
  PetscInt from, to;
  char    *circuit = strchr(text, ':');

  PetscFunctionBeginUser;
  *branch = -1;
  *turned = PETSC_FALSE;
  if (circuit) *circuit++ = '\0';
  char *second = strchr(text, '-');
  if (!second) {
    PetscCall(Complain(r, "found \"%.60s\", expected a branch as FROM-TO or FROM-TO:CIRCUIT", text));
    PetscFunctionReturn(0);
  }
  *second++ = '\0';
  PetscCall(FindBus(r, text, &from));
  if (from < 0) PetscFunctionReturn(0);
  PetscCall(FindBus(r, second, &to));
  if (to < 0) PetscFunctionReturn(0);
  *branch = LookUpBranch(r->net, from, to, circuit);
  if (*branch >= 0)
    *turned = (PetscBool)(r->net->branch.from[*branch] != from);
  else
    PetscCall(Complain(r, "found branch %.30s-%.30s%s%.60s, expected a branch of the network", text, second,
                       circuit ? ":" : "", circuit ? circuit : ""));
  PetscFunctionReturn(0);
}

/* Splits "BUS:ID" in place and finds the bus; *id is NULL without one, which is a fault when it is needed. */
static PetscErrorCode FindBusAndId(Reader *r, char *text, PetscBool needed, PetscInt *bus, char **id)
{
  PetscFunctionBeginUser;
  *bus = -1;
  *id  = strchr(text, ':');
  if (*id) *(*id)++ = '\0';
  if (*id ? !**id : needed)
    PetscCall(Complain(r, "found \"%.60s\", expected BUS:ID", text));
  else
    PetscCall(FindBus(r, text, bus));
  PetscFunctionReturn(0);
}

/* A generator by its identifier or running number, or a storage unit by its name, in service. */
static PetscErrorCode FindUnit(Reader *r, char *text)
{
  const Network net = r->net;
  PetscInt      bus;
  char         *id;

  PetscFunctionBeginUser;
  PetscCall(FindBusAndId(r, text, PETSC_TRUE, &bus, &id));
  if (bus < 0) PetscFunctionReturn(0);
  r->event->bus  = bus;
  r->event->site = DEVICE_AT_GENERATOR;
  r->event->row  = NetworkFindGenerator(net, bus, id);
  for (PetscInt s = 0; r->event->row < 0 && s < net->storage.n; ++s) {
    if (net->storage.bus[s] != bus || strcmp(net->storage.name[s], id) != 0) continue;
    r->event->site = DEVICE_AT_STORAGE;
    r->event->row  = s;
  }
  if (r->event->row < 0)
    PetscCall(Complain(r, "found unit \"%.60s\" at bus %.30s, expected a generator or storage unit there", id, text));
  else if (!(r->event->site == DEVICE_AT_GENERATOR ? net->generator.in_service
                                                   : net->storage.in_service)[r->event->row])
    PetscCall(Complain(r, "found unit %.60s at bus %.30s, which is out of service, expected one in service", id, text));
  PetscFunctionReturn(0);
}

/* A load by its identifier, name or running number; without one the first in service, if there is any. */
static PetscErrorCode FindLoad(Reader *r, char *text)
{
  const LoadTable *load = &r->net->load;
  PetscInt         bus, running, count = 0, found = -1;
  char            *id;

  PetscFunctionBeginUser;
  PetscCall(FindBusAndId(r, text, PETSC_FALSE, &bus, &id));
  r->event->bus  = bus;
  r->event->site = DEVICE_AT_LOAD;
  if (bus < 0) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < load->n && found < 0; ++k) {
    if (load->bus[k] == bus && (id ? !strcmp(load->unit[k], id) || !strcmp(load->name[k], id) : load->in_service[k]))
      found = k;
  }
  for (PetscInt k = 0; id && TextToInt(id, &running) && k < load->n && found < 0; ++k) {
    if (load->bus[k] == bus && ++count == running) found = k;
  }
  if (id && found < 0)
    PetscCall(Complain(r, "found load \"%.60s\" at bus %.30s, expected a load there", id, text));
  else if (id && !load->in_service[found])
    PetscCall(Complain(r, "found load %.60s at bus %.30s, which is out of service, expected one in service", id, text));
  r->event->row = found;
  PetscFunctionReturn(0);
}

/* The place of a short circuit: a bus, or a branch; `at` counts from the end that is named first. */
static PetscErrorCode ReadFaultPlace(Reader *r, Key key)
{
  PetscBool turned;
  PetscReal at = 0.0;

  PetscFunctionBeginUser;
  PetscCall(ReadReal(r, KEY_R, 0.0, PETSC_INFINITY, &r->event->r_pu));
  PetscCall(ReadReal(r, KEY_X, PETSC_NINFINITY, PETSC_INFINITY, &r->event->x_pu));
  PetscCall(ReadReal(r, KEY_AT, 0.0, 1.0, &at));
  if (!strchr(r->value[key] + 1, '-')) {
    PetscCall(FindBus(r, r->value[key], &r->event->bus));
    if (r->value[KEY_AT])
      PetscCall(Complain(r, "found at=%.60s with a bus, expected a branch FROM-TO", r->value[KEY_AT]));
    PetscFunctionReturn(0);
  }
  if (key == KEY_FAULT && !r->value[KEY_AT])
    PetscCall(Complain(r, "found a fault on a branch without its place, expected at=0 to 1 from its first bus"));
  PetscCall(FindBranch(r, r->value[key], &r->event->branch, &turned));
  if (key == KEY_FAULT) r->event->at = turned ? 1.0 - at : at;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLoadStep(Reader *r)
{
  PetscFunctionBeginUser;
  PetscCall(FindLoad(r, r->value[KEY_LOAD]));
  PetscCall(ReadReal(r, KEY_P, PETSC_NINFINITY, PETSC_INFINITY, &r->event->p_mw));
  PetscCall(ReadReal(r, KEY_Q, PETSC_NINFINITY, PETSC_INFINITY, &r->event->q_mvar));
  if (!r->value[KEY_P] && !r->value[KEY_Q]) PetscCall(Complain(r, "found neither p= nor q=, expected MW or Mvar"));
  PetscFunctionReturn(0);
}

/* "BUS:ID:NAME" */
static PetscErrorCode ReadReference(Reader *r)
{
  char *name = strrchr(r->value[KEY_SET], ':');

  PetscFunctionBeginUser;
  if (!name || name == strchr(r->value[KEY_SET], ':') || !name[1] || strlen(name + 1) >= sizeof r->event->reference) {
    PetscCall(Complain(r, "found set=%.60s, expected BUS:ID:REFERENCE (vref, pref, qref, efd)", r->value[KEY_SET]));
    PetscFunctionReturn(0);
  }
  *name++ = '\0';
  snprintf(r->event->reference, sizeof r->event->reference, "%s", name);
  PetscCall(FindUnit(r, r->value[KEY_SET]));
  if (!r->value[KEY_VALUE] == !r->value[KEY_ADD])
    PetscCall(Complain(r, "found %s, expected one of them",
                       r->value[KEY_ADD] ? "both value= and add=" : "neither value= nor add="));
  PetscCall(ReadReal(r, KEY_VALUE, PETSC_NINFINITY, PETSC_INFINITY, &r->event->value));
  PetscCall(ReadReal(r, KEY_ADD, PETSC_NINFINITY, PETSC_INFINITY, &r->event->value));
  r->event->relative = (PetscBool)(r->value[KEY_ADD] != NULL);
  PetscFunctionReturn(0);
}

/* "COLUMN:LABEL" that some but not all buses have, with a branch between the two. */
static PetscErrorCode ReadIsland(Reader *r)
{
  const BranchTable *br    = &r->net->branch;
  char              *value = strchr(r->value[KEY_ISLAND], ':'), **label = NULL;
  PetscInt           inside = 0, ties = 0;

  PetscFunctionBeginUser;
  if (value) *value++ = '\0';
  if (!value || !*value || strlen(r->value[KEY_ISLAND]) >= sizeof r->event->column ||
      strlen(value) >= sizeof r->event->label) {
    PetscCall(Complain(r, "found island=%.60s, expected COLUMN:LABEL, such as area:2", r->value[KEY_ISLAND]));
    PetscFunctionReturn(0);
  }
  snprintf(r->event->column, sizeof r->event->column, "%s", r->value[KEY_ISLAND]);
  snprintf(r->event->label, sizeof r->event->label, "%s", value);
  label = NetworkBusColumn(r->net, r->event->column);
  for (PetscInt i = 0; label && i < r->net->bus.n; ++i) inside += !strcmp(label[i], value);
  for (PetscInt k = 0; label && k < br->n; ++k)
    ties += br->in_service[k] && !strcmp(label[br->from[k]], value) != !strcmp(label[br->to[k]], value);
  if (!label)
    PetscCall(Complain(r, "found \"%.40s\", expected a column of the buses (area, zone, ...)", r->event->column));
  else if (inside == 0)
    PetscCall(
        Complain(r, "found %.40s \"%.60s\", expected one that a bus of the network has", r->event->column, value));
  else if (ties == 0)
    PetscCall(
        Complain(r, "found %.40s %.60s, which no branch in service joins to other buses", r->event->column, value));
  PetscFunctionReturn(0);
}

/* The key that says what happens, or KEYS after a fault; keys that do not go with it. */
static PetscErrorCode FindKind(Reader *r, Key *kind)
{
  PetscInt n = 0;

  PetscFunctionBeginUser;
  *kind = KEYS;
  for (PetscInt key = KEY_FIRST_KIND; key <= KEY_LAST_KIND; ++key) {
    if (!r->value[key]) continue;
    *kind = (Key)key;
    ++n;
  }
  if (n != 1) {
    PetscCall(Complain(r, "found %s, expected one of fault, clear, trip, close, trip-unit, load, set, island",
                       n ? "several things that happen" : "nothing that happens"));
    *kind = KEYS;
    PetscFunctionReturn(0);
  }
  for (PetscInt key = KEY_LAST_KIND + 1; key < KEYS; ++key) {
    if (r->value[key] && !(key_companions[*kind] >> key & 1u))
      PetscCall(Complain(r, "found %s= with %s=, which does not take it", key_names[key], key_names[*kind]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadEvent(Reader *r)
{
  Key       kind;
  PetscBool turned;

  PetscFunctionBeginUser;
  if (!r->value[KEY_T]) PetscCall(Complain(r, "found no t=, expected its time in seconds"));
  PetscCall(ReadReal(r, KEY_T, 0.0, PETSC_INFINITY, &r->event->time_s));
  PetscCall(FindKind(r, &kind));
  if (kind == KEYS) PetscFunctionReturn(0);
  r->event->kind = key_kinds[kind];
  switch (kind) {
  case KEY_TRIP:
  case KEY_CLOSE:
    PetscCall(FindBranch(r, r->value[kind], &r->event->branch, &turned));
    break;
  case KEY_TRIP_UNIT:
    PetscCall(FindUnit(r, r->value[kind]));
    break;
  case KEY_LOAD:
    PetscCall(ReadLoadStep(r));
    break;
  case KEY_SET:
    PetscCall(ReadReference(r));
    break;
  case KEY_ISLAND:
    PetscCall(ReadIsland(r));
    break;
  default:
    PetscCall(ReadFaultPlace(r, kind));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventParse(Network net, const char *text, Faults faults, const char *file, PetscInt line,
                          const char *what, StabilityEvent *event, PetscBool *ok)
{
  Reader         reader = {.net = net, .faults = faults, .file = file, .line = line, .what = what, .text = text};
  const PetscInt before = FaultsErrorCount(faults);
  char          *copy;

  PetscFunctionBeginUser;
  *event       = (StabilityEvent){.bus = -1, .branch = -1, .row = -1};
  reader.event = event;
  PetscCall(PetscStrallocpy(text, &copy));
  PetscCall(SplitKeys(&reader, copy));
  if (FaultsErrorCount(faults) == before) PetscCall(ReadEvent(&reader));
  PetscCall(PetscFree(copy));
  *ok = (PetscBool)(FaultsErrorCount(faults) == before);
  PetscFunctionReturn(0);
}

static PetscErrorCode Refuse(Network net, const StabilityEvent *event, Faults faults, const char *what,
                             const char *problem)
{
  char text[TEXT_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0, "%s at %g s, %s: %s", what, (double)event->time_s,
                      EventDescribe(net, event, text, sizeof text), problem));
  PetscFunctionReturn(0);
}

/* Whether event a happens before event b, which stand at these places in the list. */
static PetscBool Precedes(const StabilityEvent *event, PetscInt a, PetscInt b)
{
  return (PetscBool)(event[a].time_s < event[b].time_s || (event[a].time_s == event[b].time_s && a < b));
}

/* The last event before event[k] of one of two kinds at the same place, or -1. */
static PetscInt LastBefore(const StabilityEvent *event, PetscInt n, PetscInt k, EventKind one, EventKind other)
{
  PetscInt last = -1;
  for (PetscInt j = 0; j < n; ++j) {
    const StabilityEvent *a = &event[j], *b = &event[k];
    if ((a->kind != one && a->kind != other) || !Precedes(event, j, k)) continue;
    if (a->branch != b->branch) continue;
    if (a->branch < 0 && (a->bus != b->bus || a->site != b->site || a->row != b->row)) continue;
    if (last < 0 || Precedes(event, last, j)) last = j;
  }
  return last;
}

/* The same of a fault: one at a place at a time, and none on a branch that is open. */
static const char *FindFaultsContradiction(Network net, const StabilityEvent *event, PetscInt n, PetscInt k)
{
  const PetscInt branch   = event[k].branch;
  const PetscInt fault    = LastBefore(event, n, k, EVENT_FAULT, EVENT_CLEAR);
  const PetscInt switched = branch < 0 ? -1 : LastBefore(event, n, k, EVENT_TRIP_BRANCH, EVENT_CLOSE_BRANCH);
  if (branch >= 0) {
    const PetscBool closed =
        switched < 0 ? net->branch.in_service[branch] : (PetscBool)(event[switched].kind == EVENT_CLOSE_BRANCH);
    if (!closed) return "found the branch out of service, expected it in service";
    /* Its trip took the fault with it. */
    for (PetscInt j = 0; j < n && fault >= 0; ++j) {
      const PetscBool opens = (PetscBool)(event[j].kind == EVENT_ISLAND ||
                                          (event[j].kind == EVENT_TRIP_BRANCH && event[j].branch == branch));
      if (opens && Precedes(event, fault, j) && Precedes(event, j, k)) return NULL;
    }
  }
  return fault >= 0 && event[fault].kind == EVENT_FAULT
             ? "found a fault there that is still on, expected it cleared before"
             : NULL;
}

/* What makes event[k] impossible after those before it, or NULL. */
static const char *FindContradiction(Network net, const StabilityEvent *event, PetscInt n, PetscInt k)
{
  const StabilityEvent *e    = &event[k];
  PetscInt              last = -1;
  PetscBool             closed;
  switch (e->kind) {
  case EVENT_CLEAR:
    last = LastBefore(event, n, k, EVENT_FAULT, EVENT_CLEAR);
    return last < 0 || event[last].kind != EVENT_FAULT ? "found no fault there that is still on, expected one before"
                                                       : NULL;
  case EVENT_TRIP_BRANCH:
  case EVENT_CLOSE_BRANCH:
    last   = LastBefore(event, n, k, EVENT_TRIP_BRANCH, EVENT_CLOSE_BRANCH);
    closed = last < 0 ? net->branch.in_service[e->branch] : (PetscBool)(event[last].kind == EVENT_CLOSE_BRANCH);
    if (e->kind == EVENT_TRIP_BRANCH) return closed ? NULL : "found the branch out of service, expected it in service";
    for (PetscInt j = 0; j < n; ++j) {
      if (event[j].kind == EVENT_ISLAND && Precedes(event, j, k)) return NULL; /* it may have opened the branch */
    }
    return closed ? "found the branch closed already, expected it open" : NULL;
  case EVENT_TRIP_UNIT:
    last = LastBefore(event, n, k, EVENT_TRIP_UNIT, EVENT_TRIP_UNIT);
    return last < 0 ? NULL : "found the unit tripped already, expected it in service";
  case EVENT_FAULT:
    return FindFaultsContradiction(net, event, n, k);
  default:
    return NULL;
  }
}

PetscErrorCode EventsCheck(Network net, PetscInt n, const StabilityEvent *event, PetscReal until_s, Faults faults,
                           const char *what)
{
  char problem[TEXT_LENGTH];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; ++k) {
    const char *why = FindContradiction(net, event, n, k);
    if (why) PetscCall(Refuse(net, &event[k], faults, what, why));
    snprintf(problem, sizeof problem, "found a time at or after the end, expected one before --until %g s",
             (double)until_s);
    if (!(event[k].time_s < until_s)) PetscCall(Refuse(net, &event[k], faults, what, problem));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventsCheckDevices(Equations eq, PetscInt n, const StabilityEvent *event, Faults faults,
                                  const char *what)
{
  char names[TEXT_LENGTH], problem[TEXT_LENGTH + 100];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; ++k) {
    const PetscBool sets = (PetscBool)(event[k].kind == EVENT_SET_REFERENCE);
    if (!sets && (event[k].kind != EVENT_TRIP_UNIT || event[k].site != DEVICE_AT_STORAGE)) continue;
    const PetscInt site = EquationsFindSite(eq, event[k].site, event[k].row);
    if (site >= 0 && (!sets || EquationsReference(eq, site, event[k].reference))) continue;
    if (site < 0)
      snprintf(problem, sizeof problem, "found a unit without device data or off line, expected one that is simulated");
    else
      snprintf(problem, sizeof problem, "found \"%s\", expected a reference that the unit's devices have: %s",
               event[k].reference, EventReferenceNames(eq, site, names, sizeof names));
    PetscCall(Refuse(eq->net, &event[k], faults, what, problem));
  }
  PetscFunctionReturn(0);
}
