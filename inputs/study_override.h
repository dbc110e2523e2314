/* Values given beside the study file, as KEY=VALUE with the dots of a mapping's keys. For study*.c only. */
#ifndef ARCHIPELAGO_INPUTS_STUDY_OVERRIDE_H
#define ARCHIPELAGO_INPUTS_STUDY_OVERRIDE_H

#include "inputs/study_yaml.h"

typedef struct {
  PetscInt           n;
  const char *const *text; /* [n] as given */
  YamlTree          *tree; /* [n] a mapping of KEY to VALUE; NULL where the text is none */
} StudyOverrides;

/* Not collective. What is no KEY=VALUE is a fault. The values' faults are told to be of "--set KEY". */
PetscErrorCode StudyOverridesParse(PetscInt n, const char *const *text, Faults faults, StudyOverrides *overrides);
PetscErrorCode StudyOverridesDestroy(StudyOverrides *overrides);
/* Faults of this list, too, are told to be of "--set KEY" where they are. */
PetscErrorCode StudyOverridesPlace(PetscInt n, const char *const *text, Faults faults);
/* `tree` with the values merged into it, one after the other, as a policy is. */
PetscErrorCode StudyOverridesMerge(const StudyOverrides *overrides, YamlTree *tree);

#endif
