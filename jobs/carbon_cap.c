/* Emissions of a window: their cap, the price that keeps it, and what is said where nothing does. */
#include "jobs/carbon_cap.h"

#include <math.h>

#include "jobs/format.h"
#include "jobs/window.h"

/* Above every cost of power: a dispatch at this price emits as little as it can. Currency per tonne. */
static const PetscReal PROHIBITIVE_PRICE = 1e5;

PetscBool CarbonIsCapped(Run run)
{
  return (PetscBool)(run->study->market.carbon.cap_t < PETSC_INFINITY);
}

void CarbonCapOptions(Run run, OpfOptions *options)
{
  options->carbon_price = run->study->market.carbon.price;
  if (CarbonIsCapped(run)) options->emission_cap_t = run->study->market.carbon.cap_t;
}

PetscReal DispatchEmissions(Network net, Dispatch d)
{
  PetscReal sum = 0;

  for (PetscInt t = 0; t < d->hours; t++)
    for (PetscInt g = 0; g < d->n_generator; g++)
      sum += net->generator.emission_t_per_mwh[g] * d->generator_p[t * d->n_generator + g] * d->step_hours;
  return sum;
}

PetscErrorCode CarbonCapAccept(Run run, Window *window)
{
  const PetscReal cap = run->study->market.carbon.cap_t, emitted = DispatchEmissions(run->net, window->dispatch);

  PetscFunctionBeginUser;
  window->carbon_price = run->study->market.carbon.price;
  if (!CarbonIsCapped(run)) PetscFunctionReturn(0);
  window->carbon_price += window->result.cap_price;
  if (!(emitted <= cap * (1 + 1e-6) + 1e-6))
    JobFail(run->job, JOB_UNSOLVED, "window %d: the solver's point emits %.9g t, more than the cap of %.9g t",
            (int)window->number, (double)emitted, (double)cap);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* Emissions of the window without its cap, at a price; negative where it has no dispatch. */
static PetscErrorCode EmissionsAt(Run run, const Window *window, PetscReal price, PetscReal *emissions)
{
  OpfOptions options;
  OpfResult  result;
  Dispatch   dispatch;

  PetscFunctionBeginUser;
  WindowOptions(run, window, &options);
  options.carbon_price   = price;
  options.emission_cap_t = PETSC_INFINITY;
  options.diagnose       = PETSC_FALSE;
  PetscCall(OpfSolve(run->job->comm, run->net, run->partition, &options, &dispatch, &result));
  *emissions = result.status == SOLVE_OPTIMAL ? DispatchEmissions(run->net, dispatch) : -1;
  if (result.status == SOLVE_STOPPED) RunStopped(run, window, "least emissions");
  PetscCall(DispatchDestroy(&dispatch));
  PetscCall(OpfResultDestroy(&result));
  PetscFunctionReturn(0);
}

/* The failure as failure.json and in the document, as for a dispatch that lacks power. */
static PetscErrorCode Tell(Run run, const Window *window, PetscReal uncapped, PetscReal least)
{
  Job             job     = run->job;
  json_t         *failure = json_object();
  const PetscReal cap     = run->study->market.carbon.cap_t;

  PetscFunctionBeginUser;
  JobFail(
      job, JOB_UNSOLVED,
      "window %d, %s: infeasible, the emissions' cap of %.6g t cannot be kept: the least found are %.6g t, without a "
      "cap %.6g t; nothing was written for it",
      (int)window->number, FormatTime(window->start).text, (double)cap, (double)least, (double)uncapped);
  JsonPut(failure, "status", json_string("infeasible"));
  JsonPut(failure, "window", json_integer(window->number));
  JsonPut(failure, "start", json_string(FormatTime(window->start).text));
  JsonPut(failure, "message", json_string(job->message));
  JsonPut(failure, "emission_cap_t", JsonReal(cap));
  JsonPut(failure, "least_emissions_t", JsonReal(least));
  JsonPut(failure, "uncapped_emissions_t", JsonReal(uncapped));
  RunTellFailure(run, failure);
  PetscFunctionReturn(0);
}

PetscErrorCode CarbonCapRefuse(Run run, const Window *window, PetscBool *told)
{
  PetscReal uncapped, least;

  PetscFunctionBeginUser;
  *told = PETSC_FALSE;
  if (!CarbonIsCapped(run)) PetscFunctionReturn(0);
  ProgressStage(&run->progress, "least emissions");
  PetscCall(EmissionsAt(run, window, run->study->market.carbon.price, &uncapped));
  *told = (PetscBool)(run->job->status != JOB_DONE);
  if (uncapped < 0) PetscFunctionReturn(0);
  PetscCall(EmissionsAt(run, window, PROHIBITIVE_PRICE, &least));
  *told = (PetscBool)(run->job->status != JOB_DONE);
  if (least < 0) PetscFunctionReturn(0);
  *told = PETSC_TRUE;
  ProgressEnd(&run->progress);
  if (run->job->rank == 0) PetscCall(Tell(run, window, uncapped, least));
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowAddCarbon(Run run, const Window *window, Dataset ds)
{
  const PetscReal emissions = DispatchEmissions(run->net, window->dispatch);
  PetscReal       metered;
  char            unit[64];

  PetscFunctionBeginUser;
  snprintf(unit, sizeof unit, "%.40s/t", run->study->currency);
  PetscCall(DatasetAddReal(ds, "carbon_price", "window", unit, "price of a tonne of CO2, with what a cap adds to it",
                           &window->carbon_price));
  PetscCall(DatasetAddReal(ds, "emissions", "window", "t", "CO2 emitted", &emissions));
  if (!window->realtime) PetscFunctionReturn(0);
  metered = DispatchEmissions(run->realised, window->realtime);
  PetscCall(DatasetAddReal(ds, "realtime_emissions", "window", "t", "CO2 emitted, real time", &metered));
  PetscFunctionReturn(0);
}

void SummaryPutCarbon(const SummaryView *v, json_t *s)
{
  const double *price = SummaryReal(v, "carbon_price"), *emissions = SummaryReal(v, "emissions"),
               *metered  = SummaryReal(v, "realtime_emissions");
  const Variable *window = DatasetFind(v->ds, "window");
  const size_t    n      = window ? DatasetCount(v->ds, window) : 0;
  json_t         *carbon, *rows;
  PetscBool       priced = CarbonIsCapped(v->run);

  for (size_t k = 0; price && k < n; k++) priced = (PetscBool)(priced || price[k] > 0);
  if (!priced || !price || !emissions) return;
  carbon = json_object(), rows = json_array();
  if (CarbonIsCapped(v->run)) JsonPut(carbon, "cap_t", JsonReal(v->run->study->market.carbon.cap_t));
  for (size_t k = 0; k < n; k++) {
    json_t *row = json_object();
    JsonPut(row, "window", json_integer((json_int_t)window->integer[k]));
    JsonPut(row, "price", JsonReal(price[k]));
    JsonPut(row, "emissions_t", JsonReal(emissions[k]));
    if (metered) JsonPut(row, "realtime_emissions_t", JsonReal(metered[k]));
    json_array_append_new(rows, row);
  }
  JsonPut(carbon, "windows", rows);
  JsonPut(s, "carbon", carbon);
}
