/* Statistics of solved components, one kind after the other. */
#include <math.h>

#include "jobs/statistics_impl.h"

void StatisticsDefaultOptions(StatisticsOptions *options)
{
  options->region        = NULL;
  options->discount_rate = NAN;
  options->participants  = NULL;
}

PetscErrorCode StatisticsCreate(MPI_Comm comm, Components components, const StatisticsOptions *options, Faults faults,
                                Statistics *statistics)
{
  StatisticsView view;

  PetscFunctionBeginUser;
  *statistics = NULL;
  PetscCall(StatisticsViewCreate(components, options, &view));
  PetscCall(StatisticsViewOwners(comm, &view, options->participants, faults));
  PetscCall(StatisticsPutCapacities(&view));
  PetscCall(StatisticsPutEnergy(&view));
  PetscCall(StatisticsPutTransmission(&view));
  PetscCall(StatisticsPutDemand(&view));
  PetscCall(StatisticsPutCosts(&view));
  PetscCall(StatisticsPutEmissions(&view));
  PetscCall(StatisticsPutRevenue(&view));
  PetscCall(StatisticsPutInvestors(&view));
  PetscCall(StatisticsPutPrices(&view));
  PetscCall(StatisticsPutReserves(&view));
  PetscCall(StatisticsSort(view.rows));
  *statistics = view.rows;
  view.rows   = NULL;
  PetscCall(StatisticsViewDestroy(&view));
  PetscFunctionReturn(0);
}
