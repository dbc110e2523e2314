/* What the files of the interior point share. Private to interior_point*.c.

   The method works on components y = (x, s, p, q): the variables, one slack a row, and two elastic parts a row, with

     c(y) = D g(x) - s - p + q = 0,   lo <= y <= hi,

   D the row scaling. An equality row has a slack held at its right-hand side. The elastic parts are held at zero except
   in the restoration phase, which minimises their sum (Waechter, Biegler 2006, section 3.3) with the same code. A held
   component takes no steps and has no multipliers; so fixed variables and free rows need no change of structure.

   Variables and rows are those of the rank's flat index space (blocks.h): each rank works on its own blocks, all alike on
   the border. What all ranks must decide alike is decided on sums and largest values over the ranks. */
#ifndef ARCHIPELAGO_SOLVER_INTERIOR_POINT_INTERNAL_H
#define ARCHIPELAGO_SOLVER_INTERIOR_POINT_INTERNAL_H

#include "solver/filter.h"
#include "solver/fingerprint.h"
#include "solver/interior_point.h"
#include "solver/kkt.h"

typedef enum { ROW_EQUALITY, ROW_INEQUALITY, ROW_FREE } RowKind;

/* Scaled residuals of the optimality conditions at one point. */
typedef struct {
  PetscReal dual, primal, complementarity;
} Residuals;

/* Short steps in a row that hardly lessen the violation, seen where a solve may give up. `before`: the violation before the last
   step. */
typedef struct {
  PetscInt  steps;
  PetscReal before, violation;
} ShortSteps;

/* What a solve's watch is to know: where the state comes from and whose it is. */
typedef struct {
  Checkpoint state;     /* to go on from, until it is loaded; borrowed */
  PetscInt   attempt;   /* 0, or 1: the cold one after a warm start */
  PetscBool  finished;  /* nothing is left to do there */
  PetscBool  immediate; /* the last attempt had nothing to iterate on */
  PetscInt  *fit;       /* [parts here][IP_FIT] what a state must be of: each block, then the whole */
} IpWatch;

#define SUMS 2       /* at most, in one pass over the components */
#define REFERENCES 4 /* residuals remembered while the barrier parameter moves freely */

struct _p_InteriorPoint {
  Blocks               blocks;
  Blocks               single;          /* the blocks, where the object made them itself */
  Kkt                  kkt;             /* the one in use */
  Kkt                  condensed, full; /* made when first needed */
  PetscBool           *condense;        /* [m] rows condensed */
  PetscInt            *row_entries;     /* [m] */
  KktStatistics        statistics;      /* of this solve */
  InteriorPointOptions options;
  PetscInt             n, m, active; /* active: components in play, n + m or n + 3 m */
  /* Data of one solve */
  RowKind   *row_kind;  /* [m] */
  PetscReal *row_scale; /* [m] */
  PetscReal  objective_scale;
  PetscReal  relaxation; /* of the bounds of x, relative */
  PetscBool *held;       /* [n + 3 m] */
  PetscReal *lo, *hi;    /* [n + 3 m] */
  PetscInt   bounds;     /* number of finite bounds of components in play */
  /* The iterate */
  PetscReal *y, *zl, *zu;             /* [n + 3 m] */
  PetscReal *lambda;                  /* [m] */
  PetscReal  f, theta, phi;           /* objective, sum |c|, barrier objective */
  PetscReal *c;                       /* [m] */
  PetscReal *gradient;                /* [n + 3 m] of the objective, 0 where held */
  PetscReal *lagrangian;              /* [n + 3 m] gradient + A' lambda */
  PetscReal *jacobian;                /* [jacobian_nnz] scaled, 0 where held */
  PetscReal *hessian;                 /* [hessian_nnz] of the scaled Lagrangian, 0 where held */
  Residuals  residuals;               /* with mu = 0 */
  PetscReal  average;                 /* complementarity product, at the last residuals */
  PetscReal  term;                    /* of the barrier: phi = f + mu term */
  PetscReal  residual_mu, largest[3]; /* work of IpResiduals */
  /* The step */
  PetscReal *dy, *dzl, *dzu, *dlambda;
  PetscReal *correction_l, *correction_u; /* [n + 3 m] second-order part of each complementarity product, else zero */
  PetscReal  alpha_primal, alpha_dual;    /* of the predictor */
  PetscReal  dual_length;                 /* how far the multipliers of bounds may go along the step */
  PetscBool  corrected;                   /* the step is a predictor-corrector one */
  PetscReal *sigma;                       /* [n + 3 m] */
  PetscReal *dual;                        /* [n + 3 m] barrier gradient of the Lagrangian */
  PetscReal *kkt_dx, *kkt_dc;             /* [n], [m] */
  PetscReal  delta_w, delta_w_last, delta_c;
  PetscReal *rhs, *sol;       /* [n + m] */
  PetscReal *res_y, *res_c;   /* [n + 3 m], [m] of the refinement */
  PetscReal *work_y, *work_c; /* [n + 3 m], [m] */
  /* Trial points */
  PetscReal *trial, *trial_c; /* [n + 3 m], [m] */
  PetscReal  trial_f, trial_theta, trial_phi, trial_term;
  PetscReal *soc_dy, *soc_dlambda, *soc_c; /* second-order correction */
  PetscReal *partial;                      /* [blocks here + 1][SUMS] */
  PetscReal *weighted;                     /* [m] row scaling times multipliers; [m] work of evaluations */
  /* Barrier parameter */
  PetscReal mu, mu_min, tau;
  PetscReal taken;      /* length of the last step taken */
  PetscInt  cautious;   /* iterations for which regularisation is kept after a short step */
  PetscReal last_alpha; /* primal step length before the last step */
  PetscBool free_mode;
  PetscReal reference[REFERENCES];
  PetscInt  references;
  /* Globalisation */
  Filter    filter, outer_filter;
  PetscReal theta_min;
  PetscInt  tiny_steps;
  /* Restoration */
  PetscBool  elastic;
  PetscReal *anchor, *anchor_weight; /* [n] point and weights of the proximal term */
  PetscReal  proximity;
  PetscReal  outer_mu, outer_theta, outer_phi, outer_theta_min;
  PetscBool  outer_free_mode;
  PetscInt   restorations;
  PetscBool  rescued; /* the restoration was started afresh once already */
  /* Account */
  PetscInt   iterations, limit;
  PetscReal  alpha; /* length of the last step, and */
  PetscInt   mark;  /* which kind it was */
  ShortSteps short_steps;
  PetscInt   status; /* the SolveStatus that a solve ended with */
  IpWatch    watch;
};

static inline PetscBool IpHasLower(InteriorPoint ip, PetscInt i)
{
  return (PetscBool)(ip->lo[i] > PETSC_NINFINITY);
}

static inline PetscBool IpHasUpper(InteriorPoint ip, PetscInt i)
{
  return (PetscBool)(ip->hi[i] < PETSC_INFINITY);
}

/* Sign with which component i >= n enters its row. */
static inline PetscReal IpRowSign(InteriorPoint ip, PetscInt i)
{
  return i < ip->n + 2 * ip->m ? -1 : 1;
}

static inline PetscInt IpRowOf(InteriorPoint ip, PetscInt i)
{
  return (i - ip->n) % ip->m;
}

/* interior_point_setup.c: scaling, bounds, starting points, multipliers out. */
PetscErrorCode IpSetUp(InteriorPoint ip, const PetscReal *x, PetscBool *inconsistent);
PetscErrorCode IpStartCold(InteriorPoint ip);
PetscErrorCode IpStartWarm(InteriorPoint ip, const PetscReal *lambda, const PetscReal *zl, const PetscReal *zu);
PetscErrorCode IpCountBounds(InteriorPoint ip);
PetscReal      IpPushInside(PetscReal value, PetscReal lo, PetscReal hi, PetscReal push);

/* interior_point_evaluate.c */
PetscErrorCode IpEvaluateConstraints(InteriorPoint ip, const PetscReal *y, PetscReal *c, PetscReal *theta);
/* Objective f at y and the barrier's term, of which mu times is added to f. */
PetscErrorCode IpEvaluateBarrier(InteriorPoint ip, const PetscReal *y, PetscReal *f, PetscReal *term);
PetscErrorCode IpEvaluateDerivatives(InteriorPoint ip);
PetscErrorCode IpEvaluateHessian(InteriorPoint ip);
PetscErrorCode IpRefreshDerivatives(InteriorPoint ip); /* derivatives, Lagrangian and residuals, but not the Hessian */
PetscErrorCode IpRefresh(InteriorPoint ip);            /* everything but the Hessian, after a change of the point */
PetscErrorCode IpResiduals(InteriorPoint ip, PetscReal mu, Residuals *residuals);
PetscReal      IpError(const Residuals *residuals);
PetscErrorCode IpViolation(InteriorPoint ip,
                           PetscReal    *violation); /* unscaled, of the rows, at y without elastic parts */
/* Adds to sum [count] what components (or rows) begin .. end - 1 contribute; v: the vector it is about. */
typedef void (*IpVisitor)(InteriorPoint ip, const PetscReal *v, PetscInt begin, PetscInt end, PetscReal *sum);
/* Sums over all components in play, and over all rows, of all ranks, in block order. count <= SUMS. */
PetscErrorCode IpSum(InteriorPoint ip, IpVisitor visit, const PetscReal *v, PetscInt count, PetscReal *sum);
PetscErrorCode IpSumRows(InteriorPoint ip, IpVisitor visit, const PetscReal *v, PetscInt count, PetscReal *sum);
PetscErrorCode IpSumOfMagnitudes(InteriorPoint ip, const PetscReal *rows, PetscReal *sum);
/* Largest magnitude in v [n] over the ranks. */
PetscErrorCode IpLargest(InteriorPoint ip, PetscInt n, const PetscReal *v, PetscReal *largest);
/* ip->lagrangian for the present derivatives and multipliers; IpRefresh does it, as does whoever changes multipliers alone. */
PetscErrorCode IpUpdateLagrangian(InteriorPoint ip);
/* out = A' lambda over components in play, added. */
PetscErrorCode IpAddTransposed(InteriorPoint ip, const PetscReal *lambda, PetscReal *out);
/* out_c = A dy, set, and out_y += A' dlambda in one pass. */
PetscErrorCode IpApplyBoth(InteriorPoint ip, const PetscReal *dy, const PetscReal *dlambda, PetscReal *out_y,
                           PetscReal *out_c);

/* interior_point_step.c */
typedef enum { STEP_READY, STEP_FAILED } StepStatus;
PetscErrorCode IpFactor(InteriorPoint ip, StepStatus *status);
/* From here on, the system without condensed rows: larger, but not spoilt by their growing weights. */
PetscErrorCode IpUseFullSystem(InteriorPoint ip);
/* Newton step for the right-hand sides -dual (ip->dual) and -c. */
PetscErrorCode IpSolveStep(InteriorPoint ip, const PetscReal *c, PetscReal *dy, PetscReal *dlambda, PetscReal *ratio);
/* Step of the barrier problem with ip->mu: dual, sigma, factors, dy, dlambda, dzl, dzu. */
PetscErrorCode IpComputeStep(InteriorPoint ip, StepStatus *status);
PetscErrorCode IpEstimateMultipliers(InteriorPoint ip, PetscReal largest);
/* How far the step may go, for y and for the bounds' multipliers. */
PetscErrorCode IpStepLengths(InteriorPoint ip, const PetscReal *dy, PetscReal *primal, PetscReal *dual);

/* interior_point_barrier.c */
PetscErrorCode IpUpdateBarrier(InteriorPoint ip);
PetscErrorCode IpSetBarrier(InteriorPoint ip, PetscReal mu);
void           IpForceMonotone(InteriorPoint ip);

/* interior_point_search.c */
PetscErrorCode IpLineSearch(InteriorPoint ip, PetscBool *accepted, PetscReal *alpha, char *mark);

/* interior_point_state.c: what a watch keeps and gives back; nothing is done where there is no watch. */
/* Asks for a state of this solve; the start given (multipliers NULL: none) is part of what must fit. */
PetscErrorCode IpWatchBegin(InteriorPoint ip, const PetscReal *x, const PetscReal *lambda, const PetscReal *zl,
                            const PetscReal *zu);
/* At the top of an iteration. */
PetscErrorCode IpSafePoint(InteriorPoint ip, PetscBool *stop);
/* The state that was found, once bounds and system are set up. */
PetscErrorCode IpLoadState(InteriorPoint ip);
/* After a solve that was not stopped. */
PetscErrorCode IpWatchEnd(InteriorPoint ip, SolveStatus status);
PetscErrorCode IpTakeStatistics(InteriorPoint ip);

/* interior_point_restore.c */
PetscErrorCode IpEnterRestoration(InteriorPoint ip);
PetscErrorCode IpLeaveRestoration(InteriorPoint ip);
PetscErrorCode IpRestorationDone(InteriorPoint ip, PetscBool *done);

#endif
