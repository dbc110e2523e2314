/* Values given beside the study file, as KEY=VALUE with the dots of a mapping's keys. For study*.c only. */
#ifndef ARCHIPELAGO_INPUTS_STUDY_OVERRIDE_H
#define ARCHIPELAGO_INPUTS_STUDY_OVERRIDE_H

#include "inputs/study_fields.h"

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

/* study.c: reads one merged tree into a new study. */
PetscErrorCode StudyInterpret(StudyReader *r, YamlTree tree, Study *study);
/* study_policy.c: reads every policy, each for its faults, and swaps the wanted one, with the values beside the file, with *study. */
PetscErrorCode StudyInterpretPolicies(StudyReader *r, YamlTree base, YamlTree policies, const char *wanted,
                                      const StudyOverrides *overrides, Study *study);

#endif
