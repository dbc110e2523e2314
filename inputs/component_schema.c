/* Looking up kinds and attributes of components. */
#include "inputs/component_schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *list, *class;
} kind_name[COMPONENT_KINDS] = {
    {"buses", "Bus"},
    {"carriers", "Carrier"},
    {"generators", "Generator"},
    {"loads", "Load"},
    {"links", "Link"},
    {"stores", "Store"},
    {"storage_units", "StorageUnit"},
    {"lines", "Line"},
    {"transformers", "Transformer"},
    {"line_types", "LineType"},
    {"transformer_types", "TransformerType"},
    {"shunt_impedances", "ShuntImpedance"},
    {"global_constraints", "GlobalConstraint"},
    {"reserves", "Reserve"},
};

const char *ComponentListName(ComponentKind kind)
{
  return kind_name[kind].list;
}

const char *ComponentClassName(ComponentKind kind)
{
  return kind_name[kind].class;
}

#define PORTS 100
#define PORT_STEMS 5

static const char *const port_stem[PORT_STEMS] = {"bus", "efficiency", "p", "delay", "cyclic_delay"};

PetscInt ComponentPort(const char *name, size_t *stem)
{
  for (size_t k = 0; k < PORT_STEMS; k++) {
    const size_t n    = strlen(port_stem[k]);
    const char  *port = name + n;
    if (strncmp(name, port_stem[k], n) != 0 || port[0] < '1' || port[0] > '9') continue;
    if (port[1] && (!isdigit((unsigned char)port[1]) || port[2])) continue;
    if (!port[1] && port[0] == '1') continue;
    if (stem) *stem = k;
    return (PetscInt)atoi(port);
  }
  return -1;
}

/* Further ports are documented by the first: bus2 as bus1 (but not needed), efficiency2 as efficiency. Made when first asked
   for, and the same ever after. */
static const Attribute *PortAttribute(const char *name)
{
  static Attribute made[PORT_STEMS][PORTS];
  static char      text[PORT_STEMS][PORTS][20];
  size_t           stem = 0;
  PetscInt         port = ComponentPort(name, &stem);
  const char      *base = stem == 0 ? "bus1" : stem == 2 ? "p1" : port_stem[stem];
  if (port < 0) return NULL;
  if (!made[stem][port].name) {
    made[stem][port] = *ComponentAttribute(COMPONENT_LINK, base);
    memcpy(text[stem][port], name, strlen(name) + 1);
    made[stem][port].name = text[stem][port];
  }
  return &made[stem][port];
}

const Attribute *ComponentAttribute(ComponentKind kind, const char *name)
{
  for (const Attribute *a = component_attributes[kind]; a->name; a++)
    if (!strcmp(a->name, name)) return a;
  return kind == COMPONENT_LINK ? PortAttribute(name) : NULL;
}
