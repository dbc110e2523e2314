/* The list of device models. */
#include "dynamics/models.h"

#include <stdio.h>
#include <strings.h>

#define ADDRESS(model) &model,
static const DeviceModel *const models[] = {DEVICE_MODELS(ADDRESS)};

const DeviceModel *DeviceModelFind(const char *name)
{
  for (PetscInt k = 0; k < DEVICE_COUNT(models); ++k) {
    const char *alias = models[k]->alias;
    if (!strcasecmp(models[k]->name, name) || (alias && !strcasecmp(alias, name))) return models[k];
  }
  return NULL;
}

const char *DeviceModelNames(void)
{
  static char text[2048];
  size_t      used = 0;
  for (PetscInt k = 0; k < DEVICE_COUNT(models) && used < sizeof text; ++k) {
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", k ? ", " : "", models[k]->name);
  }
  return text;
}

PetscInt DeviceModelParameter(const DeviceModel *model, const char *name)
{
  for (PetscInt k = 0; k < model->n_parameters; ++k) {
    if (!strcasecmp(model->parameter[k].name, name)) return k;
  }
  return -1;
}
