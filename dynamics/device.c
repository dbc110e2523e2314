/* The list of device models. */
#include "dynamics/device.h"

#include <stdio.h>

static const DeviceModel *const models[] = {&DeviceGencls};

const DeviceModel *DeviceModelGet(PetscInt k)
{
  return k >= 0 && k < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(models) ? models[k] : NULL;
}

const DeviceModel *DeviceModelFind(const char *name)
{
  for (PetscInt k = 0; k < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(models); ++k) {
    PetscBool same = PETSC_FALSE;
    if (!PetscStrcasecmp(name, models[k]->name, &same) && same) return models[k];
  }
  return NULL;
}

const char *DeviceModelNames(void)
{
  static char text[512];
  size_t      used = 0;
  for (PetscInt k = 0; k < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(models) && used < sizeof text; ++k) {
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", k ? ", " : "", models[k]->name);
  }
  return text;
}
