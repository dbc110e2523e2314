/* A study read from a text, with what is wrong in it. */
#ifndef ARCHIPELAGO_TESTS_INPUTS_STUDY_TEXT_H
#define ARCHIPELAGO_TESTS_INPUTS_STUDY_TEXT_H

#include "inputs/study.h"
#include "tests/inputs/text_files.h"

static Faults faults;
static Study  study;

static int Begin(void **state)
{
  (void)state;
  study = NULL;
  return FaultsCreate(&faults);
}

static int End(void **state)
{
  (void)state;
  return StudyDestroy(&study) || FaultsDestroy(&faults);
}

static void ReadText(const char *text, const char *policy)
{
  OK(StudyRead(PETSC_COMM_SELF, WriteText("study.yaml", text), policy, faults, &study));
}

#define MINIMAL "study: s\nnetwork: .\n"

#endif
