"""Solves an MPS file by HiGHS's interior point, without crossover, on one core; prints what bench_planning reads.

    python peer_lp.py FILE.mps
"""
import sys
import time

import highspy


def main(path):
    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("solver", "ipm"), ("run_crossover", "off")):
        solver.setOptionValue(name, value)
    solver.readModel(path)
    print("model", solver.getNumCol(), solver.getNumRow(), flush=True)
    processor, wall = time.process_time(), time.monotonic()
    solver.run()
    processor, wall = time.process_time() - processor, time.monotonic() - wall
    info = solver.getInfo()
    status = solver.modelStatusToString(solver.getModelStatus()).lower().replace(" ", "-")
    print("result", status, info.ipm_iteration_count, processor, wall, info.objective_function_value, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
