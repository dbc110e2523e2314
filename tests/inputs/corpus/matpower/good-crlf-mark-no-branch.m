function mpc = c
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 1 0 0 0 1 1 0 10 1 1.1 0.9;
];
mpc.gen = [1 5 0 9 -9 1 100 1 50 0];
mpc.branch = [];
mpc.gencost = [2 0 0 1 0];
