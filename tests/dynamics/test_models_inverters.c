/* Grid-following inverters: REGCA1, REECA1, REECB1, REPCA1, and the frequency of a bus. */
#include "tests/dynamics/station.h"

/* Parameters as the published records have them (GridPACK's case 9). */
#define REGC_USUAL 1, 0.02, 10.0, 0.9, 0.4, 1.22, 1.2, 0.9, 0.5, -1.3, 0.02, 0.0, 100.0, -100.0, 0.7
#define TABLES_USUAL -1, 1, 2, 1, 0, 0, 0, 0, -1, 1, 2, 1, 0, 0, 0, 0
#define REEC_USUAL                                                                                                    \
  -1, 0, 1, 0, 0, 0, -99, 99, 0.02, 0, 0, 0, 1.1, -1.0, 0, 0, 0, 0, 0.05, 0.44, -0.44, 1.05, 0.9, 0, 0.01, 10, 60, 0, \
      0.02, 99, -99, 1, 0, 1.11, 0.02, TABLES_USUAL
#define REPC_USUAL                                                                                                   \
  -1, -1, -1, -1, 0, 0, 1, 0.02, 18, 5, 0, 0.05, 0, 0, 0, 0.02, 0.1, -0.1, -1, 1, 0.43, -0.43, 1, 0.05, 0.25, -1, 1, \
      99, -99, 1, 0, 0.1, 0, 0

/* Parameters with everything at work. */
#define REGC_FULL 1, 0.02, 2.0, 0.9, 0.4, 1.1, 1.15, 0.8, 0.3, -1.3, 0.02, 0.7, 5.0, -5.0, 0.7
#define TABLES_FULL 0.1, 0.5, 0.5, 0.8, 0.9, 1.1, 1.2, 0.9, 0.1, 0.3, 0.5, 0.6, 0.9, 1.15, 1.2, 1.0
#define REEC_FULL(pf, v, q, p, pq, thld, thld2)                                                                        \
  -1, pf, v, q, p, pq, 0.85, 1.15, 0.02, -0.05, 0.05, 2.0, 0.9, -0.9, 0, 0.1, thld, thld2, 0.05, 0.5, -0.5, 1.1, 0.85, \
      0.1, 0.4, 1.0, 8.0, 0.02, 0.03, 2.0, -2.0, 1.05, 0, 1.25, 0.04, TABLES_FULL
#define REPC_FULL(vc, ref, f)                                                                                      \
  -1, -1, -1, -1, vc, ref, f, 0.02, 2, 1.5, 0.1, 0.15, 0.7, 0.01, 0.05, 0.06, 0.2, -0.2, -0.004, 0.006, 0.6, -0.6, \
      0.5, 0.4, 0.2, -0.0006, 0.0006, 0.5, -0.5, 1.1, 0, 0.1, 20, 15
#define REECB_FULL(pf, v, q, pq)                                                                                      \
  -1, pf, v, q, pq, 0.85, 1.15, 0.02, -0.02, 0.02, 2.0, 0.9, -0.9, 0, 0.05, 0.5, -0.5, 1.1, 0.85, 0.1, 0.4, 1.0, 8.0, \
      0.02, 2.0, -2.0, 1.05, 0, 1.25, 0.04

static const StationSite sites[] = {
    {.v = 1.02, .angle = 0.3, .p = 0.8, .q = 0.2},
    {.v = 0.97, .angle = -2.5, .p = 0.3, .q = -0.15, .base_ratio = 0.5, .frequency = 50.0},
    {.v = 1.08, .angle = 3.0, .p = 2.0, .q = 0.0, .base_ratio = 2.4},
    {.v = 1.0, .angle = 0.0, .p = 0.6, .q = 0.3, .x_grid = 0.2, .r_grid = 0.02},
};
#define N_SITES ((int)(sizeof sites / sizeof *sites))

/* ---------------------------------------------------------------- equilibrium and Jacobians */

static void Converter(void **state)
{
  (void)state;
  for (int k = 0; k < N_SITES; ++k) {
    const StationPart usual[] = {PART("REGCA1", REGC_USUAL)}, full[] = {PART("REGCA1", REGC_FULL)};
    const StationPart at_once[] = {
        PART("REGCA1", 1, 0.0, 10.0, 0.9, 0.4, 1.22, 1.2, 0.9, 0.5, -1.3, 0.0, 0.0, 100.0, -100.0, 0.7)};
    const StationPart no_filter[] = {
        PART("REGCA1", 1, 0.02, 10.0, 0.9, 0.4, 1.22, 1.2, 0.9, 0.5, -1.3, 0.0, 0.0, 100.0, -100.0, 0.7)};
    const StationPart *const all[] = {usual, full, at_once, no_filter};
    for (int i = 0; i < 4; ++i) {
      Station s;
      StationCheck(&s, &sites[k], all[i], 1);
      StationCheckJacobianModes(&s, "REGCA1", 0, 1);
    }
  }
}

/* Every combination of modes of the electrical control that can occur. */
static void ControlModes(Station *s, const char *model)
{
  for (int dip = 0; dip < 2; ++dip) {
    for (int inj = 0; inj < 4; ++inj) {
      for (int hold = 0; hold < 2; ++hold) {
        for (int limit = -1; limit < 2; ++limit) {
          const PetscInt mode[] = {dip, inj, hold, limit, limit, limit};
          StationCheckJacobianMode(s, model, mode);
        }
      }
    }
  }
}

static void ControlA(void **state)
{
  (void)state;
  for (int flags = 0; flags < 32; ++flags) {
    const int         pf = flags & 1, v = flags >> 1 & 1, q = flags >> 2 & 1, p = flags >> 3 & 1, pq = flags >> 4 & 1;
    const StationPart parts[] = {PART("REGCA1", REGC_FULL), PART("REECA1", REEC_FULL(pf, v, q, p, pq, 0.3, 0.2))};
    Station           s;
    StationCheck(&s, &sites[flags % N_SITES], parts, 2);
    ControlModes(&s, "REECA1");
  }
}

static void ControlB(void **state)
{
  (void)state;
  for (int flags = 0; flags < 16; ++flags) {
    const int         pf = flags & 1, v = flags >> 1 & 1, q = flags >> 2 & 1, pq = flags >> 3 & 1;
    const StationPart parts[] = {PART("REGCA1", REGC_FULL), PART("REECB1", REECB_FULL(pf, v, q, pq))};
    Station           s;
    StationCheck(&s, &sites[flags % N_SITES], parts, 2);
    ControlModes(&s, "REECB1");
  }
}

/* Time constants and gains of zero. */
static void ControlZero(void **state)
{
  (void)state;
  for (int flags = 0; flags < 16; ++flags) {
    const int         pf = flags & 1, v = flags >> 1 & 1, q = flags >> 2 & 1, pq = flags >> 3 & 1;
    const StationPart parts[] = {PART("REGCA1", REGC_FULL),
                                 PART("REECA1", -1, pf, v, q, 0, pq, 0.85, 1.15, 0, -0.05, 0.05, 2.0, 0.9, -0.9, 0, 0.1,
                                      0, 0, 0, 0.5, -0.5, 1.1, 0.85, 0.1, 0, 1.0, 0, 0.02, 0, 99, -99, 1.05, 0, 1.25, 0,
                                      TABLES_FULL)};
    Station           s;
    StationCheck(&s, &sites[flags % N_SITES], parts, 2);
    ControlModes(&s, "REECA1");
    StationRun(&s, 1.0, 0.01, NULL, NULL, NULL);
    StationCheckEquilibrium(&s);
  }
}

static void Plant(void **state)
{
  (void)state;
  for (int flags = 0; flags < 16; ++flags) {
    const int   vc = flags & 1, ref = flags >> 1 & 1, f = flags >> 2 & 1, branch = flags >> 3 & 1;
    StationPart parts[] = {PART("REGCA1", REGC_FULL), PART("REECA1", REEC_FULL(0, 1, 1, 0, 0, 0, 0)),
                           PART("REPCA1", REPC_FULL(vc, ref, f))};
    StationSite site    = sites[flags % 3];
    Station     s;
    if (branch) {
      parts[2].parameter[0] = 7, parts[2].parameter[1] = 3, parts[2].parameter[2] = 4, parts[2].parameter[3] = 5;
      site.regulated_re = 0.98, site.regulated_im = 0.1, site.from_re = 1.01, site.from_im = 0.12;
      site.to_re = 0.99, site.to_im = 0.02;
      const PetscReal y[4][2] = {{0.4, -8.0}, {-0.5, 8.3}, {-0.3, 8.1}, {0.45, -8.2}};
      memcpy(site.branch_y, y, sizeof y);
    }
    StationCheck(&s, &site, parts, 3);
    StationCheckJacobianModes(&s, "REPCA1", 0, 1);
    for (int k = 0; k < 2; ++k) {
      const PetscInt mode[] = {k, -1, -1};
      StationCheckJacobianMode(&s, "REPCA1", mode);
    }
  }
}

static void PlantZero(void **state)
{
  (void)state;
  for (int flags = 0; flags < 8; ++flags) {
    const int         vc = flags & 1, ref = flags >> 1 & 1, f = flags >> 2 & 1;
    const StationPart parts[] = {PART("REGCA1", REGC_FULL), PART("REECB1", REECB_FULL(0, 0, 0, 0)),
                                 PART("REPCA1", -1, -1, -1, -1, vc, ref, f, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0.2, -0.2, 0, 0,
                                      0.6, -0.6, 0.5, 0, 0, 0, 0, 0.5, -0.5, 1.1, 0, 0, 20, 15)};
    Station           s;
    StationCheck(&s, &sites[flags % N_SITES], parts, 3);
    StationCheckJacobianModes(&s, "REPCA1", 0, 1);
    StationRun(&s, 1.0, 0.01, NULL, NULL, NULL);
    StationCheckEquilibrium(&s);
  }
}

static void Frequency(void **state)
{
  (void)state;
  for (int k = 0; k < N_SITES; ++k) {
    const StationPart parts[] = {PART("BUSFREQ", 0.02)};
    Station           s;
    StationSite       site = sites[k];
    site.x_grid = site.r_grid = 0.0;
    StationCheck(&s, &site, parts, 1);
    StationSetVoltage(&s, 0.004, site.angle + 0.4);
    StationCheckJacobians(&s);
  }
}

/* ---------------------------------------------------------------- responses */

/* Power fed in after a dip of voltage between 0.1 and 0.3 s (at the terminals, or of the source behind the grid's
   impedance), or a step of a reference or of frequency at 0.1 s, as an integration of the block diagrams by a program
   of its own in Python has it: Heun's method with steps of 20 microseconds, clamps, timers and freezing as conditions
   once a step, the terminal voltage behind the impedance in closed form. */
typedef struct {
  PetscReal t, p, q;
} Point;

typedef struct {
  const char *name;
  StationSite site;
  StationPart part[3];
  PetscInt    n_parts;
  PetscReal   dip;
  const char *model, *reference;
  PetscReal   step, frequency;
  Point       point[9];
} Response;

#define GRID .v = 1.0, .p = 0.8, .q = 0.2, .r_grid = 0.02, .x_grid = 0.2

static const Response responses[] = {
    {"converter, deep dip",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_FULL)},
     1,
     .dip   = 0.2,
     .point = {{0.15, 0.000000, 0.039216},
               {0.25, 0.000000, 0.039216},
               {0.31, 0.009017, 0.200000},
               {0.35, 0.090617, 0.200000},
               {0.42, 0.233417, 0.200000},
               {0.50, 0.396617, 0.200000},
               {0.65, 0.702617, 0.200000},
               {0.80, 0.799910, 0.200000},
               {1.00, 0.800000, 0.200000}}},
    {"converter, dip between the points",
     {.v = 1.02, .p = 0.8, .q = -0.2},
     {PART("REGCA1", REGC_FULL)},
     1,
     .dip   = 0.6,
     .point = {{0.15, 0.185705, -0.117647},
               {0.25, 0.158584, -0.117647},
               {0.31, 0.469243, -0.200000},
               {0.35, 0.550843, -0.200000},
               {0.42, 0.693643, -0.200000},
               {0.50, 0.796273, -0.200000},
               {0.65, 0.799998, -0.200000},
               {0.80, 0.800000, -0.200000},
               {1.00, 0.800000, -0.200000}}},
    {"converter, high voltage",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_FULL)},
     1,
     .dip   = 1.3,
     .point = {{0.15, 1.019608, 0.118402},
               {0.25, 1.019608, 0.118402},
               {0.31, 0.800000, 0.200000},
               {0.35, 0.800000, 0.200000},
               {0.42, 0.800000, 0.200000},
               {0.50, 0.800000, 0.200000},
               {0.65, 0.800000, 0.200000},
               {0.80, 0.800000, 0.200000},
               {1.00, 0.800000, 0.200000}}},
    {"A, Q/V, Iqfrz and Ipmax held",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 0, 0, 0, 0.25, 0.3))},
     2,
     .dip   = 0.5,
     .point = {{0.15, 0.000000, 0.375349},
               {0.25, 0.000000, 0.400373},
               {0.31, 0.350939, 0.623551},
               {0.35, 0.575508, 0.377515},
               {0.42, 0.610930, 0.311663},
               {0.50, 0.612013, 0.302820},
               {0.65, 0.784571, 0.200693},
               {0.80, 0.799991, 0.200000},
               {1.00, 0.800000, 0.200000}}},
    {"A, Q and V control, Iqinj goes on",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 1, 0, 0, -0.25, 0))},
     2,
     .dip   = 0.7,
     .point = {{0.15, 0.278632, 0.538838},
               {0.25, 0.256351, 0.664590},
               {0.31, 0.831907, 0.895965},
               {0.35, 0.849330, 0.367039},
               {0.42, 0.803683, 0.216206},
               {0.50, 0.800113, 0.203418},
               {0.65, 0.800000, 0.191002},
               {0.80, 0.800000, 0.181099},
               {1.00, 0.800000, 0.172043}}},
    {"A, V control, active current first",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 0, 1, 0, 1, 0, 0.3))},
     2,
     .dip   = 0.5,
     .point = {{0.15, 0.000000, 0.391231},
               {0.25, 0.000000, 0.400480},
               {0.31, 0.350939, 0.742198},
               {0.35, 0.575508, 0.419894},
               {0.42, 0.610930, 0.292803},
               {0.50, 0.612013, 0.285087},
               {0.65, 0.784571, 0.284860},
               {0.80, 0.799991, 0.284860},
               {1.00, 0.800000, 0.284860}}},
    {"A, power factor, no freeze",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(1, 1, 0, 0, 0, 0, 0))},
     2,
     .dip   = 0.9,
     .point = {{0.15, 0.771386, 0.180997},
               {0.25, 0.799513, 0.194092},
               {0.31, 0.896121, 0.223975},
               {0.35, 0.828956, 0.219806},
               {0.42, 0.801693, 0.209276},
               {0.50, 0.800048, 0.202695},
               {0.65, 0.800000, 0.200163},
               {0.80, 0.800000, 0.200008},
               {1.00, 0.800000, 0.200000}}},
    {"A, power factor, Q and V control, no freeze",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(1, 1, 1, 0, 1, 0, 0))},
     2,
     .dip   = 0.97,
     .point = {{0.15, 0.788474, 0.229466},
               {0.25, 0.799808, 0.268836},
               {0.31, 0.837368, 0.293896},
               {0.35, 0.811579, 0.267177},
               {0.42, 0.800690, 0.250010},
               {0.50, 0.800020, 0.240821},
               {0.65, 0.800000, 0.224710},
               {0.80, 0.800000, 0.209490},
               {1.00, 0.800000, 0.191918}}},
    {"B, Q/V",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_USUAL), PART("REECB1", REECB_FULL(0, 1, 0, 0))},
     2,
     .dip   = 0.6,
     .point = {{0.15, 0.085818, 0.454868},
               {0.25, 0.073285, 0.595291},
               {0.31, 0.599807, 0.948098},
               {0.35, 0.821726, 0.432496},
               {0.42, 0.803541, 0.210694},
               {0.50, 0.800125, 0.200323},
               {0.65, 0.800000, 0.200000},
               {0.80, 0.800000, 0.200000},
               {1.00, 0.800000, 0.200000}}},
    {"B, Q and V control, no freeze",
     {.v = 1.02, .p = 0.8, .q = 0.2},
     {PART("REGCA1", REGC_USUAL), PART("REECB1", REECB_FULL(0, 1, 1, 1))},
     2,
     .dip   = 0.92,
     .point = {{0.15, 0.776391, 0.347414},
               {0.25, 0.799601, 0.452630},
               {0.31, 0.878490, 0.495792},
               {0.35, 0.823841, 0.325488},
               {0.42, 0.801402, 0.267205},
               {0.50, 0.800040, 0.246913},
               {0.65, 0.800000, 0.213891},
               {0.80, 0.800000, 0.184958},
               {1.00, 0.800000, 0.154689}}},
    {"published records, Pref",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_USUAL), PART("REPCA1", REPC_USUAL)},
     3,
     .model     = "REPCA1",
     .reference = "pref",
     .step      = -0.2,
     .point     = {{0.12, 0.796111, 0.200010},
                   {0.20, 0.713444, 0.200124},
                   {0.30, 0.654459, 0.200044},
                   {0.50, 0.672101, 0.199985},
                   {0.80, 0.700136, 0.199998},
                   {1.20, 0.696678, 0.200001},
                   {2.00, 0.694743, 0.200000}}},
    {"plant, Qref",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 1, 0, 0, 0, 0)), PART("REPCA1", REPC_FULL(0, 0, 1))},
     3,
     .model     = "REPCA1",
     .reference = "qref",
     .step      = 0.1,
     .point     = {{0.12, 0.801238, 0.209026},
                   {0.20, 0.800834, 0.221117},
                   {0.30, 0.800625, 0.233422},
                   {0.50, 0.800332, 0.255286},
                   {0.80, 0.800057, 0.277000},
                   {1.20, 0.799904, 0.287334},
                   {2.00, 0.799926, 0.285567}}},
    {"plant, Vref, line drop compensation",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 1, 0, 0, 0, 0)), PART("REPCA1", REPC_FULL(1, 1, 1))},
     3,
     .model     = "REPCA1",
     .reference = "vref",
     .step      = 0.02,
     .point     = {{0.12, 0.800187, 0.201363},
                   {0.20, 0.800154, 0.203529},
                   {0.30, 0.800137, 0.206021},
                   {0.50, 0.800118, 0.211441},
                   {0.80, 0.800091, 0.219641},
                   {1.20, 0.800054, 0.229154},
                   {2.00, 0.800006, 0.241631}}},
    {"plant, Vref, droop",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 0, 0, 0, 0, 0)), PART("REPCA1", REPC_FULL(0, 1, 1))},
     3,
     .model     = "REPCA1",
     .reference = "vref",
     .step      = 0.02,
     .point     = {{0.12, 0.800568, 0.203902},
                   {0.20, 0.800718, 0.217685},
                   {0.30, 0.799990, 0.219166},
                   {0.50, 0.799943, 0.221693},
                   {0.80, 0.799999, 0.224333},
                   {1.20, 0.800005, 0.227338},
                   {2.00, 0.799998, 0.232462}}},
    {"plant, dip behind an impedance",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 1, 0, 0, 0.1, 0.1)),
      PART("REPCA1", REPC_FULL(0, 1, 1))},
     3,
     .dip   = 0.5,
     .point = {{0.15, 0.147506, 0.539716},
               {0.25, 0.180838, 0.615469},
               {0.31, 0.803904, 0.838659},
               {0.35, 0.840855, 0.365275},
               {0.50, 0.944259, 0.191120},
               {0.80, 0.841954, 0.190474},
               {1.20, 0.819848, 0.190780},
               {2.00, 0.817512, 0.196013}}},
    {"plant, frequency",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_USUAL), PART("REPCA1", REPC_FULL(0, 0, 1))},
     3,
     .frequency = -0.004,
     .point     = {{0.12, 0.800498, 0.199999},
                   {0.20, 0.811382, 0.199980},
                   {0.30, 0.820673, 0.199987},
                   {0.50, 0.823835, 0.200000},
                   {0.80, 0.824055, 0.199999},
                   {1.20, 0.826731, 0.199999},
                   {2.00, 0.831693, 0.199999}}},
    {"A alone, Vref",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 0, 1, 0, 0, 0, 0))},
     2,
     .model     = "REECA1",
     .reference = "vref",
     .step      = 0.02,
     .point     = {{0.12, 0.801921, 0.214050},
                   {0.20, 0.800907, 0.227978},
                   {0.30, 0.800600, 0.237818},
                   {0.50, 0.800448, 0.253976},
                   {0.80, 0.800291, 0.271106},
                   {1.20, 0.800164, 0.285115},
                   {2.00, 0.800052, 0.297548}}},
    {"A alone, Pref beyond Pmax",
     {GRID},
     {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 0, 0, 1, 0, 0))},
     2,
     .model     = "REECA1",
     .reference = "pref",
     .step      = 0.4,
     .point     = {{0.12, 0.814565, 0.199961},
                   {0.20, 0.959027, 0.199612},
                   {0.30, 1.048741, 0.199800},
                   {0.50, 1.050020, 0.200000},
                   {0.80, 1.050020, 0.200000},
                   {1.20, 1.050020, 0.200000},
                   {2.00, 1.050020, 0.200000}}},
};

static void Drive(Station *s, PetscReal t, void *context)
{
  const Response *r = context;
  const PetscReal v = r->dip > 0.0 && t > 0.1 && t < 0.3 ? r->dip : 1.0;
  if (r->dip > 0.0 && s->has_grid) {
    static PetscReal re, im;
    if (s->time == 0.0 && t < 1e-6) re = s->e_re, im = s->e_im;
    StationSetGrid(s, v * re, v * im);
  } else if (r->dip > 0.0) {
    StationSetVoltage(s, v < 1.0 || v > 1.0 ? v : r->site.v, r->site.angle);
    StationSetRegulatedVoltage(s, v < 1.0 || v > 1.0 ? v : r->site.v, r->site.angle);
  }
  if (r->frequency < 0.0) StationSetSignal(s, SIGNAL_FREQUENCY, t > 0.1 ? r->frequency : 0.0);
}

static void Responses(void **state)
{
  (void)state;
  for (size_t k = 0; k < sizeof responses / sizeof *responses; ++k) {
    Response r = responses[k];
    Station  s;
    int      wrong = 0;
    StationSetUp(&s, &r.site, r.part, r.n_parts);
    StationRun(&s, 0.1, 0.0005, Drive, NULL, &r);
    if (r.reference) *StationReference(&s, r.model, r.reference) += r.step;
    for (int i = 0; i < 9 && r.point[i].t > 0.0; ++i) {
      PetscReal p, q;
      StationRun(&s, r.point[i].t, 0.0005, Drive, NULL, &r);
      StationInjected(&s, &p, &q);
      if (fabs(p - r.point[i].p) < 2e-4 && fabs(q - r.point[i].q) < 2e-4) continue;
      ++wrong;
      print_error("%s, %g s: %.6f, %.6f, expected %.6f, %.6f\n", r.name, r.point[i].t, p, q, r.point[i].p,
                  r.point[i].q);
    }
    assert_int_equal(wrong, 0);
    StationCheckJacobians(&s);
  }
}

/* ---------------------------------------------------------------- laws */

/* A bolted fault at the grid's source and one near it: voltages and currents exist, and all recovers. With currents
   that refer to the direction of the voltage, Newton's method needs a guess where that direction jumps: the source's.
   */
static void Fault(Station *s, PetscReal t, void *context)
{
  const PetscReal *e = context, share = t > 0.1 && t < 0.25 ? e[2] : 1.0;
  StationSetGrid(s, share * e[0], share * e[1]);
  if ((s->time > 0.0999 && s->time < 0.1009) || (s->time > 0.2499 && s->time < 0.2509))
    s->x[s->n - 2] = share * e[0], s->x[s->n - 1] = share * e[1];
}

static void Faults(void **state)
{
  (void)state;
  static const PetscReal shares[] = {0.0, 0.001, 0.05, 0.3};
  for (int k = 0; k < 8; ++k) {
    const StationPart parts[] = {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 1, 0, 0, 0, 0.1)),
                                 PART("REPCA1", REPC_FULL(0, 0, 1)), PART("BUSFREQ", 0.02)};
    const StationSite site = {.v = 1.0, .angle = 0.4, .p = 0.8, .q = 0.1, .r_grid = 0.02, .x_grid = k < 4 ? 0.1 : 1e-3};
    Station           s;
    PetscReal         p, q;
    StationSetUp(&s, &site, parts, 4);
    PetscReal e[] = {s.e_re, s.e_im, shares[k % 4]};
    StationRun(&s, 0.2, 0.001, Fault, NULL, e);
    StationInjected(&s, &p, &q);
    const PetscReal v = hypot(StationSignal(&s, SIGNAL_V_RE), StationSignal(&s, SIGNAL_V_IM));
    if (e[2] == 0.0) /* what voltage there is comes from its own current */
      assert_true(fabs(v * v - hypot(site.r_grid, site.x_grid) * hypot(p, q)) < 1e-6);
    assert_true(p * p + q * q <= pow(1.25 * v, 2.0) + 1e-6);
    StationCheckJacobians(&s);
    StationRun(&s, 15.0, 0.005, Fault, NULL, e);
    StationInjected(&s, &p, &q);
    assert_true(fabs(p - 0.8) < 2e-3 && fabs(q - 0.1) < 2e-2);
    assert_int_equal(StationMode(&s, "REECA1", 0), 0);
  }
}

/* Plant control's droop: what is left of a deviation beyond the dead band changes power by Dup or Ddn times it. */
static void Droop(void **state)
{
  (void)state;
  static const PetscReal deviation[] = {-0.003, 0.003, 0.0005, -0.0005};
  static const PetscReal change[]    = {15.0 * (0.003 - 0.0006), -20.0 * (0.003 - 0.0006), 0.0, 0.0};
  for (int k = 0; k < 4; ++k) {
    const StationPart parts[] = {PART("REGCA1", REGC_USUAL), PART("REECB1", REECB_FULL(0, 1, 0, 1)),
                                 PART("REPCA1", REPC_FULL(0, 0, 1))};
    const StationSite site    = {.v = 1.01, .p = 1.2, .q = 0.2, .base_ratio = 2.0};
    Station           s;
    StationSetUp(&s, &site, parts, 3);
    StationSetSignal(&s, SIGNAL_FREQUENCY, deviation[k]);
    StationRun(&s, 60.0, 0.02, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.6 - change[k]) < 1e-6);
  }
}

/* Power control at its limit leaves it at once when its reference falls. */
static void PlantLimit(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 0, 0, 1, 0, 0)),
                               PART("REPCA1", REPC_FULL(0, 0, 1))};
  const StationSite site    = {.v = 1.01, .p = 0.9, .q = 0.1};
  Station           s;
  StationSetUp(&s, &site, parts, 3);
  StationSetReference(&s, "REPCA1", "pref", 1.5);
  StationRun(&s, 20.0, 0.01, NULL, NULL, NULL);
  assert_int_equal(StationMode(&s, "REPCA1", 2), 1);
  assert_int_equal(StationMode(&s, "REECA1", 5), 1);
  assert_true(fabs(StationUnknown(&s, "REPCA1", "P control") - 1.1) < 1e-6);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 1.05) < 1e-6); /* Pmax of the electrical control */
  StationCheckJacobians(&s);
  StationSetReference(&s, "REPCA1", "pref", 0.6);
  StationRun(&s, 21.0, 0.01, NULL, NULL, NULL);
  assert_true(StationSignal(&s, SIGNAL_P_GEN) < 0.9);
  StationRun(&s, 100.0, 0.02, NULL, NULL, NULL);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.6) < 1e-6);
  assert_int_equal(StationMode(&s, "REPCA1", 2), 0);
}

/* The branch's current, power and compensated voltage, from complex arithmetic: with the network's values of the site
   below, I = (yff Vf + yft Vt)/0.5, S = Vf I*, |Vreg - (0.01 + 0.05j) I|. */
static void Branch(void **state)
{
  (void)state;
  StationPart parts[] = {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_USUAL), PART("REPCA1", REPC_FULL(1, 1, 1))};
  StationSite site    = {.v = 1.02, .p = 0.3, .q = 0.05, .base_ratio = 0.5};
  Station     s;
  parts[2].parameter[0] = 7, parts[2].parameter[1] = 3, parts[2].parameter[2] = 4, parts[2].parameter[3] = 5;
  site.regulated_re = 0.98, site.regulated_im = 0.1, site.from_re = 1.01, site.from_im = 0.12;
  site.to_re = 0.99, site.to_im = 0.05;
  const PetscReal y[4][2] = {{0.4, -8.0}, {-0.5, 8.1}, {-0.3, 8.1}, {0.45, -8.2}};
  memcpy(site.branch_y, y, sizeof y);
  StationSetUp(&s, &site, parts, 3);
  assert_true(fabs(StationUnknown(&s, "REPCA1", "branch I re") - 0.9280000000) < 1e-9);
  assert_true(fabs(StationUnknown(&s, "REPCA1", "branch P") - 0.9281600000) < 1e-9);
  assert_true(fabs(StationUnknown(&s, "REPCA1", "branch Q") - 0.1881200000) < 1e-9);
  assert_true(fabs(*StationReference(&s, "REPCA1", "vref") - 0.9684468473) < 1e-9);
  assert_true(fabs(*StationReference(&s, "REPCA1", "pref") - 0.9281600000) < 1e-9);
}

/* Low voltage power logic without filter, and without Tg: at 0.6 its line is at 1.22 (0.6 - 0.4)/0.5. */
static void PowerLogic(void **state)
{
  (void)state;
  for (int k = 0; k < 4; ++k) {
    const PetscReal   tg = k & 1 ? 0.0 : 0.02, filter = k & 2 ? 0.0 : 0.02;
    const StationPart parts[] = {
        PART("REGCA1", 1, tg, 1.0, 0.9, 0.4, 1.22, 1.2, 0.3, 0.2, -1.3, filter, 0.0, 100.0, -100.0, 0.7)};
    const StationSite site = {.p = 0.9, .q = 0.1};
    Station           s;
    StationSetUp(&s, &site, parts, 1);
    StationSetVoltage(&s, 0.6, 0.0);
    StationRun(&s, 0.5, 0.005, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.6 * 1.22 * 0.2 / 0.5) < 1e-6);
    assert_int_equal(StationMode(&s, "REGCA1", 0), 1);
    StationSetVoltage(&s, 1.0, 0.0);
    StationRun(&s, 0.8, 0.005, NULL, NULL, NULL);
    if (tg > 0.0) { /* up with Rrpwr */
      const PetscReal ip = StationSignal(&s, SIGNAL_P_GEN);
      assert_true(ip > 0.75 && ip < 0.488 + 0.301);
    }
    StationRun(&s, 1.5, 0.005, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.9) < 1e-6);
    assert_int_equal(StationMode(&s, "REGCA1", 0), 0);
  }
}

/* Where Iqinj itself lifts the voltage out of the dip, it comes and goes, but not without end. */
static void Shallow(Station *s, PetscReal t, void *context)
{
  const PetscReal *e = context, share = t > 0.1 ? e[2] : 1.0;
  StationSetGrid(s, share * e[0], share * e[1]);
}
static void Chatter(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("REGCA1", REGC_USUAL), PART("REECA1", REEC_FULL(0, 1, 0, 0, 0, 0, 0))};
  const StationSite site    = {.v = 1.0, .p = 0.6, .q = 0.0, .x_grid = 0.3};
  Station           s;
  StationSetUp(&s, &site, parts, 2);
  PetscReal e[] = {s.e_re, s.e_im, 0.84};
  StationRun(&s, 1.1, 0.001, Shallow, NULL, e);
  assert_true(s.changes > 10 && s.changes < 300);
}

/* Values outside their limits widen them, with a warning, and stay. */
static void Outside(void **state)
{
  (void)state;
  const StationSite out[] = {{.v = 0.87, .p = 1.2, .q = 0.6, .x_grid = 0.1},
                             {.v = 1.14, .p = 1.3, .q = -0.7, .x_grid = 0.1},
                             {.v = 1.3, .p = -0.3, .q = -1.6, .x_grid = 0.1},
                             {.v = 0.7, .p = 1.9, .q = 0.01, .x_grid = 0.1}};
  for (int k = 0; k < 4; ++k) {
    for (int flags = 0; flags < 16; ++flags) {
      const int         v = flags & 1, q = flags >> 1 & 1, pq = flags >> 2 & 1;
      const StationPart parts[] = {PART("REGCA1", REGC_FULL), PART("REECA1", REEC_FULL(0, v, q, 0, pq, 0, 0)),
                                   PART("REPCA1", REPC_FULL(0, 0, 1))};
      Station           s;
      StationSetUp(&s, &out[k], parts, flags & 8 ? 3 : 2);
      assert_true(StationWarning(&s, "REECA1")[0]);
      StationCheckEquilibrium(&s);
      StationRun(&s, 5.0, 0.02, NULL, NULL, NULL);
      StationCheckEquilibrium(&s);
      assert_int_equal(s.changes, 0);
    }
  }
}

static void Turning(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetVoltage(s, t < 0.5 || t > 0.6 ? 1.02 : 0.0, 0.3 + 0.01 * 2.0 * PETSC_PI * 60.0 * t);
}

/* A voltage that turns 1 % too fast, several times around; it holds where there is none. */
static void TurningVoltage(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("BUSFREQ", 0.02)};
  const StationSite site    = {.v = 1.02, .angle = 0.3};
  Station           s;
  StationSetUp(&s, &site, parts, 1);
  StationRun(&s, 0.02, 0.001, Turning, NULL, NULL);
  assert_true(fabs(StationSignal(&s, SIGNAL_FREQUENCY) - 0.01 * (1.0 - exp(-1.0))) < 1e-5);
  StationRun(&s, 0.5, 0.001, Turning, NULL, NULL);
  assert_true(fabs(StationSignal(&s, SIGNAL_FREQUENCY) - 0.01) < 1e-8);
  const PetscReal x = StationUnknown(&s, "BUSFREQ", "angle filtered");
  StationRun(&s, 0.6, 0.001, Turning, NULL, NULL);
  assert_true(fabs(StationUnknown(&s, "BUSFREQ", "angle filtered") - x) < 1e-9);
  assert_true(StationSignal(&s, SIGNAL_FREQUENCY) == 0.0);
  StationRun(&s, 3.0, 0.001, Turning, NULL, NULL);
  assert_true(fabs(StationSignal(&s, SIGNAL_FREQUENCY) - 0.01) < 1e-8);
}

/* What cannot start, and records that are refused. */
static void Refused(void **state)
{
  (void)state;
  const StationSite site   = {.p = 0.5};
  const StationPart no_c[] = {PART("REECA1", REEC_USUAL)};
  const StationPart no_e[] = {PART("REGCA1", REGC_USUAL), PART("REPCA1", REPC_USUAL)};
  char              problem[DEVICE_TEXT];
  Station           s;
  PetscBool         error;
  assert_false(StationTrySetUp(&s, &site, no_c, 1, problem));
  assert_non_null(strstr(problem, "converter"));
  assert_false(StationTrySetUp(&s, &site, no_e, 2, problem));
  assert_non_null(strstr(problem, "electrical control"));
  const struct {
    const char *model;
    StationPart part;
    PetscInt    parameter;
    PetscReal   value;
  } bad[] = {
      {"REGCA1", PART("REGCA1", REGC_USUAL), 4, 0.95},  {"REGCA1", PART("REGCA1", REGC_USUAL), 8, 0.9},
      {"REECA1", PART("REECA1", REEC_USUAL), 9, 0.1},   {"REECA1", PART("REECA1", REEC_USUAL), 20, 0.5},
      {"REECA1", PART("REECA1", REEC_USUAL), 32, 1.01}, {"REECB1", PART("REECB1", REECB_FULL(0, 0, 0, 0)), 8, 0.01},
      {"REPCA1", PART("REPCA1", REPC_USUAL), 18, 0.1},  {"REPCA1", PART("REPCA1", REPC_USUAL), 21, 0.5},
  };
  for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
    const DeviceModel *m = DeviceModelFind(bad[k].model);
    StationPart        p = bad[k].part;
    assert_null(m->check(p.parameter, &error));
    p.parameter[bad[k].parameter] = bad[k].value;
    assert_non_null(m->check(p.parameter, &error));
    assert_true(error);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(Converter),      cmocka_unit_test(ControlA),   cmocka_unit_test(ControlB),
      cmocka_unit_test(ControlZero),    cmocka_unit_test(Plant),      cmocka_unit_test(PlantZero),
      cmocka_unit_test(Frequency),      cmocka_unit_test(Responses),  cmocka_unit_test(Faults),
      cmocka_unit_test(Droop),          cmocka_unit_test(PlantLimit), cmocka_unit_test(Branch),
      cmocka_unit_test(PowerLogic),     cmocka_unit_test(Chatter),    cmocka_unit_test(Outside),
      cmocka_unit_test(TurningVoltage), cmocka_unit_test(Refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
