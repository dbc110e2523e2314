mpc.bus = [1 2
%{
