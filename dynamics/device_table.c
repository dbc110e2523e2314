/* The device table: its life, its records by unit and kind, and the choice of its form by the file's extension. */
#include "dynamics/device_reading.h"

#include <strings.h>

PetscErrorCode DeviceTableCreate(DeviceTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(table));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableDestroy(DeviceTable *table)
{
  PetscFunctionBeginUser;
  if (!table || !*table) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*table)->n; ++k) PetscCall(PetscFree((*table)->record[k].parameter));
  PetscCall(PetscFree((*table)->record));
  PetscCall(PetscFree((*table)->path));
  PetscCall(PetscFree((*table)->index));
  PetscCall(PetscFree(*table));
  PetscFunctionReturn(0);
}

/* Place of a key in a table of `slots` places, a power of two: multiplicative hashing (Knuth, volume 3, section 6.4). */
static PetscInt HashPlace(DeviceSite site, PetscInt row, DeviceKind kind, PetscInt slots)
{
  const uint64_t key = ((uint64_t)row << 8) | ((uint64_t)site << 4) | (uint64_t)kind;
  return (PetscInt)((key * 0x9e3779b97f4a7c15ull >> 32) & (uint64_t)(slots - 1));
}

/* Where the first record of a site and kind stands in the index, or where it would go. index[0] is the number of slots,
   which follow and hold 1 + a record's number, 0 when they are free. */
static PetscInt FindSlot(DeviceTable table, DeviceSite site, PetscInt row, DeviceKind kind)
{
  const PetscInt slots = table->index[0];
  for (PetscInt at = HashPlace(site, row, kind, slots);; at = (at + 1) & (slots - 1)) {
    const PetscInt k = table->index[1 + at];
    if (!k) return 1 + at;
    const DeviceRecord *r = &table->record[k - 1];
    if (r->site == site && r->row == row && r->model->kind == kind) return 1 + at;
  }
}

static void IndexRecord(DeviceTable table, PetscInt k)
{
  const DeviceRecord *r    = &table->record[k];
  const PetscInt      slot = FindSlot(table, r->site, r->row, r->model->kind);
  if (!table->index[slot]) table->index[slot] = k + 1;
}

/* The index has room for twice the records that the table has room for. */
static PetscErrorCode BuildIndex(DeviceTable table)
{
  PetscInt slots = 32;
  PetscFunctionBeginUser;
  while (slots < 2 * table->capacity) slots *= 2;
  PetscCall(PetscFree(table->index));
  PetscCall(PetscCalloc1(slots + 1, &table->index));
  table->index[0] = slots;
  for (PetscInt k = 0; k < table->n; ++k) IndexRecord(table, k);
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableAdd(DeviceTable table, DeviceSite site, PetscInt row, const DeviceModel *model,
                              PetscReal mva_base, const PetscReal *parameter, PetscInt line)
{
  PetscFunctionBeginUser;
  if (table->n == table->capacity) {
    const PetscInt capacity = PetscMax(16, 2 * table->capacity);
    PetscCall(PetscRealloc((size_t)capacity * sizeof *table->record, &table->record));
    table->capacity = capacity;
    PetscCall(BuildIndex(table));
  }
  DeviceRecord *record = &table->record[table->n];
  *record              = (DeviceRecord){.site = site, .row = row, .model = model, .mva_base = mva_base, .line = line};
  PetscCall(PetscMalloc1(model->n_parameters + 1, &record->parameter));
  PetscCall(PetscArraycpy(record->parameter, parameter, model->n_parameters));
  IndexRecord(table, table->n++);
  ++table->n_given;
  PetscFunctionReturn(0);
}

const DeviceRecord *DeviceTableFind(DeviceTable table, DeviceSite site, PetscInt row, DeviceKind kind)
{
  const PetscInt k = table->index ? table->index[FindSlot(table, site, row, kind)] : 0;
  return k ? &table->record[k - 1] : NULL;
}

static PetscBool HasExtension(const char *path, const char *extension)
{
  const char *dot = strrchr(path, '.');
  return (PetscBool)(dot && !strcasecmp(dot, extension));
}

PetscErrorCode DeviceTableParse(const Source *source, Network net, PetscBool strict, Faults faults, DeviceTable *table)
{
  DeviceReading reading;

  PetscFunctionBeginUser;
  *table = NULL;
  PetscCall(DeviceReadingBegin(source->path, net, strict, faults, &reading));
  if (HasExtension(source->path, ".dyr"))
    PetscCall(DeviceReadDyr(source, &reading));
  else if (HasExtension(source->path, ".yaml") || HasExtension(source->path, ".yml"))
    PetscCall(DeviceReadYaml(source, &reading));
  else
    PetscCall(DeviceReadCsv(source, &reading));
  PetscCall(DeviceReadingFinish(&reading, table));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableRead(MPI_Comm comm, const char *path, Network net, PetscBool strict, Faults faults,
                               DeviceTable *table)
{
  Source *source;

  PetscFunctionBeginUser;
  *table = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (source) PetscCall(DeviceTableParse(source, net, strict, faults, table));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

/* Units and loads that have at least one part from the file. */
static PetscInt CountSites(DeviceTable table)
{
  PetscInt count = 0;
  for (PetscInt k = 0; k < table->n; ++k) {
    const DeviceRecord *r     = &table->record[k];
    PetscBool           first = (PetscBool)(r->line > 0);
    for (PetscInt kind = DEVICE_SOURCE; first && kind <= DEVICE_PROTECTION; ++kind) {
      const DeviceRecord *other = DeviceTableFind(table, r->site, r->row, (DeviceKind)kind);
      if (other && other->line > 0 && other < r) first = PETSC_FALSE;
    }
    count += first;
  }
  return count;
}

/* Appends ", <count> <words>" unless the count is zero. */
static void Append(char *text, size_t size, PetscInt count, const char *words)
{
  const size_t used = strlen(text);
  if (count > 0) (void)snprintf(text + used, size - used, "%s%" PetscInt_FMT " %s", used ? ", " : "", count, words);
}

PetscErrorCode DeviceTableDescribe(DeviceTable table, char *text, size_t size)
{
  char words[64];

  PetscFunctionBeginUser;
  text[0] = 0;
  (void)snprintf(words, sizeof words, "parts of %" PetscInt_FMT " units and loads as given", CountSites(table));
  Append(text, size, table->n_given, table->path ? words : "devices as given");
  if (table->complete) {
    Append(text, size, table->n_strong_sources, "of them infinite buses");
    Append(text, size, table->n_default_machines, "classical machines in place of models that are not supported");
    Append(text, size, table->n_typical_inertia, "of them with typical inertia");
    Append(text, size, table->n_as_admittance, "units as negative loads");
  } else {
    Append(text, size, table->n_default_machines, "classical machines with typical data");
    Append(text, size, table->n_typical_inertia, "of them with typical inertia");
    Append(text, size, table->n_strong_sources, "of them grid connections as strong sources");
    Append(text, size, table->n_as_admittance, "units as constant admittances");
  }
  Append(text, size, table->n_unsupported, "records passed over");
  Append(text, size, table->n_suspicious, "suspicious data");
  if (!text[0]) PetscCall(PetscStrncpy(text, "no devices", size));
  PetscFunctionReturn(0);
}
