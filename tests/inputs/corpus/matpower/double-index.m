mpc.baseMVA = 1; mpc.bus = [1 3; 2 4](1, 2)(3) = 4;
