/* What there is to know about a plan or a run: names, units, and how periods and carriers add up. */
#include <string.h>

#include "jobs/statistics.h"

const StatisticsVariable StatisticsVariables[] = {
    /* money; a transfer is no part of the cost of the system */
    {"System Cost", "%s", PETSC_TRUE, PERIODS_ADDED},
    {"Annual System Cost", "%s/a", PETSC_TRUE, PERIODS_APART},
    {"Capital Expenditure", "%s", PETSC_TRUE, PERIODS_ADDED},
    {"Fixed O&M Cost", "%s", PETSC_TRUE, PERIODS_ADDED},
    {"Operational Expenditure", "%s", PETSC_TRUE, PERIODS_ADDED},
    {"Overnight Investment Cost", "%s", PETSC_TRUE, PERIODS_APART},
    {"Dispatch Cost", "%s", PETSC_FALSE, PERIODS_APART},
    {"Cost of Security", "%s", PETSC_FALSE, PERIODS_APART},
    {"Carbon Payments", "%s", PETSC_TRUE, PERIODS_ADDED},
    {"Annual Carbon Payments", "%s/a", PETSC_TRUE, PERIODS_APART},
    {"Subsidies", "%s", PETSC_TRUE, PERIODS_ADDED},
    /* emissions */
    {"Emissions CO2", "t", PETSC_TRUE, PERIODS_YEARS},
    {"Emissions SO2", "t", PETSC_TRUE, PERIODS_YEARS},
    {"Emissions NOx", "t", PETSC_TRUE, PERIODS_YEARS},
    {"Cost Per Tonne Avoided", "%s/t", PETSC_FALSE, PERIODS_APART},
    {"Carbon Price", "%s/t", PETSC_FALSE, PERIODS_APART},
    /* prices, by carrier of buses */
    {"Price Average", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Price Average Time", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Price Spread", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Price 5th Percentile", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Price 95th Percentile", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Price Minimum", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Price Maximum", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Reserve Price", "%s/MW/h", PETSC_FALSE, PERIODS_APART},
    {"Reserve Missing", "MWh", PETSC_FALSE, PERIODS_YEARS},
    /* what is not served */
    {"Demand", "MWh", PETSC_FALSE, PERIODS_YEARS},
    {"Demand Shifted", "MWh", PETSC_TRUE, PERIODS_YEARS},
    {"Unserved Energy", "MWh", PETSC_TRUE, PERIODS_YEARS},
    {"Expected Energy Not Served", "MWh/a", PETSC_FALSE, PERIODS_APART},
    {"Expected Energy Not Served Standard Error", "MWh/a", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Hours", "h/a", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Hours Standard Error", "h/a", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Probability", "1", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Probability Standard Error", "1", PETSC_FALSE, PERIODS_APART},
    {"Energy Not Served Share", "ppm", PETSC_FALSE, PERIODS_APART},
    {"Energy Not Served Share Standard Error", "ppm", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Events", "1/a", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Events Standard Error", "1/a", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Event Duration", "h", PETSC_FALSE, PERIODS_APART},
    {"Loss Of Load Event Duration Standard Error", "h", PETSC_FALSE, PERIODS_APART},
    /* who pays and who receives */
    {"Energy Bill", "%s", PETSC_TRUE, PERIODS_VALUE},
    {"Settlement Net", "%s", PETSC_FALSE, PERIODS_APART},
    {"Account Net", "%s", PETSC_FALSE, PERIODS_APART},
    {"Revenue", "%s", PETSC_FALSE, PERIODS_VALUE},
    {"Market Value", "%s/MWh", PETSC_FALSE, PERIODS_APART},
    {"Net Present Value", "%s", PETSC_FALSE, PERIODS_ADDED},
    {"Payback", "a", PETSC_FALSE, PERIODS_APART},
    {"Participant Revenue", "%s", PETSC_FALSE, PERIODS_VALUE},
    {"Participant Net Present Value", "%s", PETSC_FALSE, PERIODS_ADDED},
    {"Participant Payback", "a", PETSC_FALSE, PERIODS_APART},
    /* stability */
    {"Unstable Disturbances", "1", PETSC_FALSE, PERIODS_APART},
    {"Stability Margin", "s", PETSC_FALSE, PERIODS_APART},
    {"Critical Clearing Time", "s", PETSC_FALSE, PERIODS_APART},
    {"Frequency Nadir", "Hz", PETSC_FALSE, PERIODS_APART},
    /* capacities */
    {"Installed Capacity", "MW", PETSC_FALSE, PERIODS_APART},
    {"Optimal Capacity", "MW", PETSC_FALSE, PERIODS_APART},
    {"Expanded Capacity", "MW", PETSC_FALSE, PERIODS_APART},
    {"Installed Storage Capacity", "MWh", PETSC_FALSE, PERIODS_APART},
    {"Optimal Storage Capacity", "MWh", PETSC_FALSE, PERIODS_APART},
    {"Expanded Storage Capacity", "MWh", PETSC_FALSE, PERIODS_APART},
    {"Transmission Capacity Length", "MW km", PETSC_TRUE, PERIODS_APART},
    /* energy */
    {"Supply", "MWh", PETSC_FALSE, PERIODS_YEARS},
    {"Withdrawal", "MWh", PETSC_FALSE, PERIODS_YEARS},
    {"Energy Balance", "MWh", PETSC_FALSE, PERIODS_YEARS},
    {"Curtailment", "MWh", PETSC_TRUE, PERIODS_YEARS},
    {"Capacity Factor", "1", PETSC_FALSE, PERIODS_APART},
    {"Transmission", "MWh", PETSC_FALSE, PERIODS_YEARS},
    {"Transmission Volume", "MWh", PETSC_TRUE, PERIODS_YEARS},
    {"Losses", "MWh", PETSC_FALSE, PERIODS_YEARS},
    {NULL, NULL, PETSC_FALSE, PERIODS_APART},
};

const StatisticsVariable *StatisticsVariableFind(const char *name)
{
  for (const StatisticsVariable *v = StatisticsVariables; v->name; v++)
    if (!strcmp(v->name, name)) return v;
  return NULL;
}
