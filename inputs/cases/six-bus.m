function mpc = six_bus
%SIX_BUS  Six buses in two areas, joined by one line and one HVDC line: own data with every table a case may have.
mpc.version = '2';
mpc.baseMVA = 100;

%% bus: number, type, Pd (MW), Qd (Mvar), Gs, Bs, area, Vm, Va (deg), kV, zone, Vmax, Vmin
mpc.bus = [
	1	3	0	0	0	0	1	1.02	0	220	1	1.06	0.94;
	2	2	40	10	0	0	1	1.01	0	220	1	1.06	0.94;
	3	1	90	30	0	20	1	1.00	0	220	2	1.06	0.94;
	4	2	20	5	0	0	2	1.01	0	220	3	1.06	0.94;
	5	1	110	35	1	0	2	1.00	0	220	3	1.06	0.94;
	6	1	30	10	0	0	2	1.00	0	110	3	1.06	0.94;
];

%% generator: bus, Pg, Qg, Qmax, Qmin, Vg, mBase, status, Pmax, Pmin
mpc.gen = [
	1	120	0	90	-60	1.02	200	1	180	0;
	2	80	0	60	-40	1.01	120	1	100	20;
	4	90	0	80	-50	1.01	180	1	160	0;
	4	0	0	20	-20	1.01	40	0	30	0;	% out of service
];

%% branch: from, to, r, x, b, rateA, rateB, rateC, ratio, angle, status, angmin, angmax
mpc.branch = [
	1	2	0.010	0.060	0.04	150	165	180	0	0	1	-30	30;
	1	3	0.015	0.080	0.05	120	132	144	0	0	1	-30	30;
	2	3	0.012	0.070	0.04	120	132	144	0	0	1	-30	30;
	3	4	0.020	0.120	0.08	80	88	96	0	0	1	-30	30;
	4	5	0.010	0.065	0.04	150	165	180	0	0	1	-30	30;
	4	5	0.010	0.065	0.04	150	165	180	0	0	1	-30	30;
	5	6	0.002	0.100	0	60	66	72	0.98	0	1	-30	30;
];

%% cost: polynomial (2) or piecewise linear (1), start-up, shut-down, n, data
mpc.gencost = [
	2	0	0	3	0.02	18	50	0	0	0;
	1	0	0	3	0	0	60	1500	100	3100;
	2	0	0	2	28	20	0	0	0	0;
	2	0	0	2	60	0	0	0	0	0;
];

%% HVDC: from, to, status, Pf, Pt, Qf, Qt, Vf, Vt, Pmin, Pmax, QminF, QmaxF, QminT, QmaxT, loss0, loss1
mpc.dcline = [
	2	5	1	20	19.3	0	0	1.01	1.00	0	50	-15	15	-15	15	0.3	0.02;
];

mpc.areas = [
	1	1;
	2	4;
];

mpc.bus_name = {
	'hill';
	'mill';
	'ford';
	'quay';
	'town';
	'farm';
};
