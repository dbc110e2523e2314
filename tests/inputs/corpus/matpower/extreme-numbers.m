function mpc = c
mpc.baseMVA = 100;
mpc.bus = [1e0 3 0 0 0 0 1 1 0 10 1 1.1 0.9; 99999999999 1 0 0 0 0 1 1 0 10 1 1.1 .9];
mpc.gen = [1e300 5 0 9 -9 1 100 1 50 0];
mpc.branch = [1 -1 1e-320 0 0 0 0 0 0 0 1];
mpc.gencost = [2 0 0 1e9 1];
mpc.dcline = [1 1 1];
