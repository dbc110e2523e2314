/* Small-signal stability: the equations linearised at their operating point, and the modes of that linear system.

   With differential unknowns x and algebraic ones v, 0 = x' + Fx x + Fv v and 0 = Gx x + Gv v give the state matrix
   A = Fv Gv^-1 Gx - Fx (P. Kundur, 1994, sections 12.1 and 12.2). Modes of devices (limits, counters) stay as they are at
   the operating point. A differential unknown whose rate is zero whatever happens (an integrator at its limit, an infinite
   bus, a site that is out of service) is no state: it stands still, and is counted apart.

   Small systems: all eigenvalues with left and right eigenvectors, by LAPACK. Large ones: those nearest to points of the
   imaginary axis, by a restarted Arnoldi method on (J + s E)^-1 E, where J is the sparse Jacobian and E picks the
   differential equations; the points are chosen so that discs around them, in which all eigenvalues were found, cover
   what the options ask for. (Y. Saad, Numerical Methods for Large Eigenvalue Problems, 2011, chapters 6 to 8;
   G. W. Stewart, A Krylov-Schur algorithm for large eigenproblems, 2001; N. Martins, Efficient eigenvalue and frequency
   response methods applied to power system small-signal stability studies, 1986.) */
#ifndef ARCHIPELAGO_DYNAMICS_EIGEN_H
#define ARCHIPELAGO_DYNAMICS_EIGEN_H

#include "dynamics/equations.h"

typedef enum {
  EIGEN_AUTO,  /* dense up to dense_limit states */
  EIGEN_DENSE, /* all eigenvalues */
  EIGEN_SPARSE /* those near the imaginary axis between two frequencies */
} EigenMethod;

typedef struct {
  EigenMethod method;
  PetscInt    dense_limit;     /* default 1200 */
  PetscReal   low_hz, high_hz; /* sparse: which modes are looked for; default 0.1 and 3 */
  PetscReal   damping;         /* sparse: ... those with a damping ratio below this; default 0.05 */
  PetscInt    most_shifts;     /* sparse: work is bounded by this number of factorised shifts; default 100 */
  PetscInt    nearest;         /* sparse: eigenvalues looked for around each shift; default 40 */
} EigenOptions;

typedef enum {
  EIGEN_OSCILLATING, /* a conjugate pair, of which the upper one is told */
  EIGEN_REAL,
  EIGEN_ZERO /* zero as far as the arithmetic can tell: the common angle, a common speed without damping, an integrator */
} EigenKind;

#define EIGEN_PARTICIPANTS 6

typedef struct {
  PetscInt  state;
  PetscReal factor; /* |w_k v_k|, scaled such that all states' factors sum to one */
} EigenParticipant;

typedef struct {
  EigenKind        kind;
  PetscReal        re, im;       /* 1/s and rad/s; im >= 0 */
  PetscReal        frequency_hz; /* im / 2 pi */
  PetscReal        damping;      /* -re / |lambda|; NAN for a zero */
  PetscBool        unstable;     /* re > 0, by more than the arithmetic's error */
  PetscBool        undamped;     /* oscillating, and re = 0 within that error */
  PetscReal        residual;     /* largest |A v - lambda v|, or |(J + lambda E) v|, of its largest summands */
  PetscInt         n_participants;
  EigenParticipant participant[EIGEN_PARTICIPANTS]; /* the largest, descending */
} EigenMode;

typedef struct _p_Eigen {
  EigenMethod method; /* that was used: dense or sparse */
  PetscInt    n_states, n_standing;
  PetscInt   *unknown; /* [n_states] of the equations */
  PetscInt    n_modes; /* pairs count once */
  EigenMode  *mode;    /* by damping ratio, ascending; those of the same by real part, descending; zeros last */
  PetscReal  *share;   /* [n_modes][n_states][2] w_k v_k / (w v), complex: d lambda / d A_kk */
  PetscInt    n_unstable, n_undamped, n_zero;
  PetscBool   complete;        /* all eigenvalues are there */
  PetscBool   covered;         /* all that the options ask for: dense always; sparse unless the shifts ran out */
  PetscReal   low_hz, high_hz; /* sparse: as asked */
  PetscReal   damping;
  PetscInt    n_shifts, n_unverified; /* sparse: points used; eigenvalues left out because they could not be verified */
  PetscReal   largest_residual;
  PetscReal   initial_rate; /* what the equations lack at the operating point, of an unknown's usual size; above
                               EIGEN_RATE_LIMIT it is no equilibrium, and there are no modes */
  double      seconds;      /* wall clock: not reproducible */
  char        problem[640]; /* why there are no modes, or empty */
} * Eigen;

#define EIGEN_RATE_LIMIT 1e-6

void EigenDefaultOptions(EigenOptions *options);

/* Not collective. Linearises at eq->start and finds the modes; the equations are reset, and are needed for the names of
   states only afterwards. Same input, same bytes, but for the seconds. */
PetscErrorCode EigenCreate(Equations eq, const EigenOptions *options, Eigen *eigen);
PetscErrorCode EigenDestroy(Eigen *eigen);

/* "101:1 GENROU delta": site, model and unknown of a state. */
const char *EigenStateName(Eigen eigen, Equations eq, PetscInt state, char *text, size_t size);
/* |w_k v_k| of a state in a mode; over all states they sum to one. */
PetscReal EigenParticipation(Eigen eigen, PetscInt mode, PetscInt state);
/* One line: "small-signal stable", "unstable: 2 modes in the right half plane", with what qualifies it. */
const char *EigenVerdict(Eigen eigen, char *text, size_t size);

#endif
